//! Places on a page: points (1/72 inch) from its upper left corner, as it is shown, y downwards.

/// A place.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    pub x: f32,
    pub y: f32,
}

/// A box with its sides along the page's.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rect {
    pub x0: f32,
    pub y0: f32,
    pub x1: f32,
    pub y1: f32,
}

impl Rect {
    /// The smallest box around these points; `None` around none, or if one is not a place.
    #[must_use]
    pub fn around(points: impl IntoIterator<Item = Point>) -> Option<Self> {
        points.into_iter().try_fold(None::<Self>, |found, at| {
            if !(at.x.is_finite() && at.y.is_finite()) {
                return None;
            }
            let one = Self { x0: at.x, y0: at.y, x1: at.x, y1: at.y };
            Some(Some(found.map_or(one, |found| found.union(one))))
        })?
    }

    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            x0: self.x0.min(other.x0),
            y0: self.y0.min(other.y0),
            x1: self.x1.max(other.x1),
            y1: self.y1.max(other.y1),
        }
    }

    /// What both have in common; of no width or height if that is nothing.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        let (x0, y0) = (self.x0.max(other.x0), self.y0.max(other.y0));
        Self { x0, y0, x1: self.x1.min(other.x1).max(x0), y1: self.y1.min(other.y1).max(y0) }
    }

    #[must_use]
    pub fn contains(&self, at: Point) -> bool {
        (self.x0..=self.x1).contains(&at.x) && (self.y0..=self.y1).contains(&at.y)
    }

    #[must_use]
    pub fn area(&self) -> f32 {
        (self.x1 - self.x0) * (self.y1 - self.y0)
    }
}
