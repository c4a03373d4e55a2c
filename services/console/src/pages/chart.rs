//! Bar charts as inline SVG, each with the same figures as a table for whoever does not see it.

use maud::{Markup, html};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 160.0;
const FLOOR: f64 = 140.0;
const MOST_LABELS: usize = 8;

/// One bar, of one or two parts on top of each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Such as `5 Jul`.
    pub label: String,
    /// The height of each part, and how it is written.
    pub parts: Vec<(f64, String)>,
}

/// A chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    pub id: &'static str,
    pub title: &'static str,
    /// What the bars' labels are, such as `Day`.
    pub axis: &'static str,
    /// What each part is.
    pub names: Vec<&'static str>,
    /// What all bars come to, in a sentence.
    pub summary: String,
    pub bars: Vec<Bar>,
}

/// The chart with its table.
#[must_use]
pub fn figure(chart: &Chart) -> Markup {
    html! {
        figure.card.chart id=(chart.id) data-live="stages" {
            figcaption {
                h2 { (chart.title) }
                p.sub { (chart.summary) }
                (legend(chart))
            }
            @if chart.bars.is_empty() {
                p.sub { "Nothing yet." }
            } @else { (svg(chart)) (table(chart)) }
        }
    }
}

fn legend(chart: &Chart) -> Markup {
    html! {
        @if chart.names.len() > 1 {
            p.legend {
                @for (index, name) in chart.names.iter().enumerate() {
                    span {
                        svg width="12" height="12" aria-hidden="true" {
                            rect class={ "part-" (index) } width="12" height="12" rx="2" {}
                        }
                        " "
                        (name)
                    }
                    " "
                }
            }
        }
    }
}

fn svg(chart: &Chart) -> Markup {
    let most = chart.bars.iter().map(height).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let step = WIDTH / count(chart.bars.len().max(1));
    let every = chart.bars.len().div_ceil(MOST_LABELS).max(1);
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label={ (chart.title) ": " (chart.summary) } {
            line.floor x1="0" y1=(FLOOR) x2=(WIDTH) y2=(FLOOR) {}
            @for (index, bar) in chart.bars.iter().enumerate() {
                @let left = step * count(index);
                (column(bar, left, step, most))
                @if index % every == 0 {
                    text x=(round(left + step / 2.0)) y=(HEIGHT - 4.0) text-anchor=(anchor(index)) { (bar.label) }
                }
            }
        }
    }
}

const fn anchor(index: usize) -> &'static str {
    if index == 0 { "start" } else { "middle" }
}

fn column(bar: &Bar, left: f64, step: f64, most: f64) -> Markup {
    let mut top = FLOOR;
    let parts: Vec<(usize, f64, f64)> = bar
        .parts
        .iter()
        .enumerate()
        .map(|(index, (value, _))| {
            let high = (value / most * (FLOOR - 10.0)).max(if *value > 0.0 { 1.5 } else { 0.0 });
            top -= high;
            (index, top, high)
        })
        .collect();
    let width = (step * 0.72).min(48.0);
    let said: Vec<&str> = bar.parts.iter().map(|(_, shown)| shown.as_str()).collect();
    html! {
        g {
            title { (bar.label) ": " (said.join(", ")) }
            @for (index, top, high) in parts {
                rect
                    class={ "part-" (index) }
                    x=(round(left + (step - width) / 2.0))
                    y=(round(top))
                    width=(round(width))
                    height=(round(high))
                    rx="1.5" {}
            }
        }
    }
}

fn table(chart: &Chart) -> Markup {
    html! {
        details {
            summary { "As a table" }
            table.list {
                caption.unseen { (chart.title) }
                thead {
                    tr {
                        th scope="col" { (chart.axis) }
                        @for name in &chart.names {
                            th.num scope="col" { (name) }
                        }
                    }
                }
                tbody {
                    @for bar in &chart.bars {
                        tr {
                            th scope="row" { (bar.label) }
                            @for (_, shown) in &bar.parts {
                                td.num { (shown) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn height(bar: &Bar) -> f64 {
    bar.parts.iter().map(|(value, _)| value).sum()
}

/// To a hundredth of a unit of the picture.
fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[allow(clippy::cast_precision_loss, reason = "a chart has some hundred bars at most")]
fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_of_the_picture_stands_in_the_table_too() {
        let bar = |label: &str, value: f64| Bar { label: label.into(), parts: vec![(value, format!("{value} bills"))] };
        let bars = vec![bar("4 Jul", 2.0), bar("5 Jul", 0.0), bar("6 Jul", 8.0)];
        let chart =
            Chart { id: "c", title: "Bills", axis: "Day", names: vec!["posted"], summary: "10 bills".into(), bars };
        let shown = figure(&chart).into_string();
        assert_eq!(shown.matches("<rect").count(), 3);
        assert!(shown.contains("height=\"130\"") && shown.contains("<td class=\"num\">8 bills</td>"));
        assert!(shown.contains("role=\"img\" aria-label=\"Bills: 10 bills\"") && !shown.contains("style="));
    }

    #[test]
    fn a_chart_of_nothing_is_no_division_by_zero() {
        let bar = Bar { label: "x".into(), parts: vec![(0.0, "0".into())] };
        let chart =
            Chart { id: "c", title: "t", axis: "Day", names: vec!["a"], summary: String::new(), bars: vec![bar] };
        let shown = figure(&chart).into_string();
        assert!(!shown.contains("NaN") && !shown.contains("inf"));
    }
}
