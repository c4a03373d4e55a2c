//! The declaration of a struct of metrics.

/// Declares a struct of metrics: `field: Kind("metric_name", "label"…; buckets)`, where `Kind` is one of the types that this crate
/// re-exports, labels are for those that end with `Vec` and for [`GaugeSet`](crate::GaugeSet), and buckets for histograms.
///
/// The struct has `DESCRIBED`, the descriptions in the order of the fields, and is `Default`, `Clone` (all clones are one) and a
/// [`Collector`](crate::Collector) for [`register`](crate::register). Each crate has a test that registers its own, so that making
/// them cannot fail.
#[macro_export]
macro_rules! metrics {
    (
        $(#[$meta:meta])*
        $visible:vis struct $Name:ident {
            $(
                $(#[doc = $help:literal])+
                $shown:vis $field:ident: $Kind:ident($name:literal $(, $label:literal)* $(; $buckets:expr)?)
            ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        $visible struct $Name {
            $($(#[doc = $help])+ $shown $field: $crate::$Kind,)+
        }

        impl $Name {
            /// What there is, in the order of the fields.
            $visible const DESCRIBED: &'static [$crate::Described] = &[$($crate::Described {
                name: $name,
                kind: <$crate::$Kind as $crate::Instrument>::KIND,
                labels: &[$($label),*],
                documentation: concat!($($help),+),
                buckets: $crate::metrics!(@buckets $($buckets)?),
            },)+];
        }

        impl Default for $Name {
            fn default() -> Self {
                let mut described = Self::DESCRIBED.iter();
                Self {
                    $($field: described
                        .next()
                        .and_then(|described| $crate::Instrument::make(described).ok())
                        .expect(concat!($name, " is well-formed, which a test that registers it shows")),)+
                }
            }
        }

        impl $crate::Collector for $Name {
            fn desc(&self) -> Vec<&$crate::Desc> {
                let mut desc = Vec::new();
                $(desc.extend($crate::Collector::desc(&self.$field));)+
                desc
            }

            fn collect(&self) -> Vec<$crate::MetricFamily> {
                let mut families = Vec::new();
                $(families.extend($crate::Collector::collect(&self.$field));)+
                families
            }
        }
    };
    (@buckets) => { &[] };
    (@buckets $buckets:expr) => { $buckets };
}
