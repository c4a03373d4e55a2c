//! What an answer costs, to the last fraction of a cent.

use super::provider::Usage;
use contract::Cost;
use rust_decimal::Decimal;

const PER: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);
/// Anthropic takes this much of the price of input for what it is to keep for five minutes.
const CACHE_WRITE: Decimal = Decimal::from_parts(125, 0, 0, false, 2);

/// US dollars per million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prices {
    pub input_per_mtok: Decimal,
    pub cached_input_per_mtok: Decimal,
    pub output_per_mtok: Decimal,
}

impl Prices {
    pub(super) fn cost(&self, model: &str, usage: &Usage) -> Cost {
        let input = Decimal::from(usage.input) + Decimal::from(usage.written_to_cache) * CACHE_WRITE;
        let cached = Decimal::from(usage.read_from_cache);
        let output = Decimal::from(usage.output);
        let usd =
            (input * self.input_per_mtok + cached * self.cached_input_per_mtok + output * self.output_per_mtok) / PER;
        Cost {
            model: model.to_owned(),
            input_tokens: usage.input + usage.written_to_cache + usage.read_from_cache,
            output_tokens: usage.output,
            usd: usd.normalize(),
        }
    }
}

/// What two calls cost together, under the name of the model that was asked last.
#[must_use]
pub fn sum(cost: &Cost, last: &Cost) -> Cost {
    Cost {
        model: last.model.clone(),
        input_tokens: cost.input_tokens + last.input_tokens,
        output_tokens: cost.output_tokens + last.output_tokens,
        usd: cost.usd + last.usd,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_cost_what_the_price_table_says() {
        let prices = Prices {
            input_per_mtok: Decimal::from(3),
            cached_input_per_mtok: Decimal::new(3, 1),
            output_per_mtok: Decimal::from(15),
        };
        let plain = Usage { input: 1000, output: 200, ..Usage::default() };
        assert_eq!(prices.cost("m", &plain).usd.to_string(), "0.006");
        let cached = Usage { written_to_cache: 1000, read_from_cache: 10_000, ..plain };
        let cost = prices.cost("m", &cached);
        assert_eq!((cost.usd.to_string().as_str(), cost.input_tokens), ("0.01275", 12_000));
        assert_eq!(sum(&cost, &cost).usd.to_string(), "0.02550");
    }
}
