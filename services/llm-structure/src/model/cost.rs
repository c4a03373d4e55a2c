//! What an answer costs, to the last fraction of a cent.

use super::reply::Usage;
use contract::Cost;
use rust_decimal::Decimal;

const PER: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);
/// Writing input into the cache costs this much of its price, reading it back [`CACHE_READ`].
const CACHE_WRITE: Decimal = Decimal::from_parts(125, 0, 0, false, 2);
const CACHE_READ: Decimal = Decimal::from_parts(10, 0, 0, false, 2);

/// US dollars per million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prices {
    pub input_per_mtok: Decimal,
    pub output_per_mtok: Decimal,
}

impl Prices {
    pub(super) fn cost(&self, model: &str, usage: &Usage) -> Cost {
        let written = usage.cache_creation_input_tokens.unwrap_or_default();
        let read = usage.cache_read_input_tokens.unwrap_or_default();
        let full_price =
            Decimal::from(usage.input_tokens) + Decimal::from(written) * CACHE_WRITE + Decimal::from(read) * CACHE_READ;
        let output = Decimal::from(usage.output_tokens);
        let usd = (full_price * self.input_per_mtok + output * self.output_per_mtok) / PER;
        Cost {
            model: model.to_owned(),
            input_tokens: usage.input_tokens + written + read,
            output_tokens: usage.output_tokens,
            usd: usd.normalize(),
        }
    }
}

pub(super) fn sum(mut cost: Cost, more: &Cost) -> Cost {
    cost.input_tokens += more.input_tokens;
    cost.output_tokens += more.output_tokens;
    cost.usd += more.usd;
    cost
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_cost_what_the_price_table_says() {
        let prices = Prices { input_per_mtok: Decimal::from(3), output_per_mtok: Decimal::from(15) };
        let plain = Usage { input_tokens: 1000, output_tokens: 200, ..Usage::default() };
        assert_eq!(prices.cost("m", &plain).usd.to_string(), "0.006");
        let cached = Usage { cache_creation_input_tokens: Some(1000), cache_read_input_tokens: Some(10_000), ..plain };
        let cost = prices.cost("m", &cached);
        assert_eq!((cost.usd.to_string().as_str(), cost.input_tokens), ("0.01275", 12_000));
        assert_eq!(sum(cost.clone(), &cost).usd.to_string(), "0.02550");
    }
}
