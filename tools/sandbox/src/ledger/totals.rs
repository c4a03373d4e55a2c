//! The arithmetic of a bill, in exact decimals: each line rounded to paise, each tax of each line
//! rounded to paise, then summed.

use rust_decimal::{Decimal, RoundingStrategy};

use super::{
    fields::Fields,
    reference::{self, Account},
    refusal::Refusal,
    taxes::{Tax, TaxTable},
};

/// A line as booked.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) account: Option<&'static Account>,
    pub(super) item_id: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) hsn_or_sac: String,
    pub(super) unit: String,
    pub(super) rate: Decimal,
    pub(super) quantity: Decimal,
    pub(super) tax: Option<Tax>,
    pub(super) item_total: Decimal,
}

/// All lines and what they come to.
#[derive(Debug)]
pub(super) struct Totals {
    pub(super) lines: Vec<Line>,
    /// Amount per charged tax, by name, in order of first appearance.
    pub(super) taxes: Vec<(String, Decimal)>,
    pub(super) sub_total: Decimal,
    pub(super) tax_total: Decimal,
    pub(super) adjustment: Decimal,
    pub(super) total: Decimal,
    pub(super) reverse_charge: bool,
}

/// Books the lines of a bill.
pub(super) fn compute(bill: Fields<'_>, table: &TaxTable) -> Result<Totals, Refusal> {
    bill.refuse_set(&["is_inclusive_tax", "discount", "tcs_tax_id", "taxes"])?;
    let rows = bill.rows("line_items")?;
    if rows.is_empty() {
        return Err(Refusal::invalid_value("line_items"));
    }
    let mut totals = Totals::empty(bill.amount("adjustment")?.unwrap_or_default());
    for row in rows {
        totals.add(row, table)?;
    }
    totals.tax_total = totals.taxes.iter().map(|(_, amount)| amount).sum();
    totals.total = totals.sub_total + totals.tax_total + totals.adjustment;
    Ok(totals)
}

impl Totals {
    fn empty(adjustment: Decimal) -> Self {
        Self {
            lines: Vec::new(),
            taxes: Vec::new(),
            sub_total: Decimal::ZERO,
            tax_total: Decimal::ZERO,
            adjustment: paise(adjustment),
            total: Decimal::ZERO,
            reverse_charge: false,
        }
    }

    fn add(&mut self, row: Fields<'_>, table: &TaxTable) -> Result<(), Refusal> {
        row.refuse_set(&["discount"])?;
        let line = Line::read(row, table)?;
        // Under reverse charge the buyer owes the tax to the state, not to the vendor.
        let reverse = !row.text("reverse_charge_tax_id")?.is_empty();
        if reverse {
            self.reverse_charge = true;
        } else if let Some(tax) = &line.tax {
            for part in tax.charged() {
                let amount = paise(line.item_total * part.rate / Decimal::ONE_HUNDRED);
                self.charge(&part.name, amount);
            }
        }
        self.sub_total += line.item_total;
        self.lines.push(line);
        Ok(())
    }

    fn charge(&mut self, name: &str, amount: Decimal) {
        match self.taxes.iter_mut().find(|(known, _)| known == name) {
            Some((_, sum)) => *sum += amount,
            None => self.taxes.push((name.to_owned(), amount)),
        }
    }
}

impl Line {
    fn read(row: Fields<'_>, table: &TaxTable) -> Result<Self, Refusal> {
        let rate = row.amount("rate")?.unwrap_or_default();
        let quantity = row.amount("quantity")?.unwrap_or(Decimal::ONE);
        let item_id = row.text("item_id")?;
        let account = account(row)?;
        if account.is_none() && item_id.is_empty() {
            return Err(Refusal::invalid_value("account_id"));
        }
        let total = rate.checked_mul(quantity).ok_or_else(|| Refusal::invalid_value("rate"))?;
        Ok(Self {
            account,
            item_id,
            name: row.text("name")?,
            description: row.text("description")?,
            hsn_or_sac: row.text("hsn_or_sac")?,
            unit: row.text("unit")?,
            tax: tax(row, table)?,
            item_total: paise(total),
            rate,
            quantity,
        })
    }
}

fn account(row: Fields<'_>) -> Result<Option<&'static Account>, Refusal> {
    let id = row.text("account_id")?;
    if id.is_empty() {
        return Ok(None);
    }
    let account = reference::account(&id);
    account.map(Some).ok_or_else(|| Refusal::invalid_value("account_id"))
}

fn tax(row: Fields<'_>, table: &TaxTable) -> Result<Option<Tax>, Refusal> {
    let charged = row.text("tax_id")?;
    let reverse = row.text("reverse_charge_tax_id")?;
    let (name, id) = match (charged.is_empty(), reverse.is_empty()) {
        (true, true) => return Ok(None),
        (false, true) => ("tax_id", charged),
        (true, false) => ("reverse_charge_tax_id", reverse),
        (false, false) => return Err(Refusal::invalid_value("reverse_charge_tax_id")),
    };
    let tax = table.get(&id).cloned();
    tax.map(Some).ok_or_else(|| Refusal::invalid_value(name))
}

fn paise(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn totals(bill: &Value) -> Result<Totals, Refusal> {
        compute(Fields(bill.as_object().unwrap()), &TaxTable::new())
    }

    fn tax_id(name: &str) -> String {
        let taxes = TaxTable::new().view();
        let tax = taxes.as_array().unwrap().iter().find(|tax| tax["tax_name"] == name);
        tax.unwrap()["tax_id"].as_str().unwrap().to_owned()
    }

    fn line(rate: &str, quantity: &str, tax: &str) -> Value {
        json!({"account_id": reference::PURCHASES, "rate": rate, "quantity": quantity,
            "tax_id": tax_id(tax)})
    }

    #[test]
    fn each_half_of_a_group_is_rounded_on_each_line() {
        let bill = json!({"line_items": [line("0.10", "1", "GST5"), line("0.10", "1", "GST5")]});
        let totals = totals(&bill).unwrap();
        // 2.5 % of 0.10 is 0.0025: nothing per line, though 5 % of the sum would be a paisa.
        assert_eq!(totals.tax_total, Decimal::ZERO);
        assert_eq!(totals.sub_total, Decimal::new(20, 2));
    }

    #[test]
    fn totals_are_lines_plus_taxes_plus_adjustment() {
        let bill = json!({"adjustment": "-0.43", "line_items": [
            line("333.335", "3", "GST18"), line("99.99", "2.5", "GST12")]});
        let totals = totals(&bill).unwrap();
        // 1000.005 → 1000.01; 249.975 → 249.98.
        assert_eq!(totals.sub_total, Decimal::new(124_999, 2));
        let taxes: Vec<_> = totals.taxes.iter().map(|(name, sum)| format!("{name} {sum}")).collect();
        assert_eq!(taxes, ["CGST9 90.00", "SGST9 90.00", "CGST6 15.00", "SGST6 15.00"]);
        assert_eq!(totals.total, Decimal::new(145_956, 2));
    }

    #[test]
    fn json_numbers_are_read_as_the_decimals_they_print() {
        let bill = json!({"line_items": [{"account_id": reference::PURCHASES, "rate": 1.005,
            "quantity": 100, "tax_id": tax_id("IGST18")}]});
        let totals = totals(&bill).unwrap();
        assert_eq!(totals.sub_total, Decimal::new(10_050, 2));
        assert_eq!(totals.taxes, [("IGST18".to_owned(), Decimal::new(1_809, 2))]);
    }

    #[test]
    fn tax_under_reverse_charge_is_not_owed_to_the_vendor() {
        let bill = json!({"line_items": [{"account_id": reference::PURCHASES, "rate": 100,
            "reverse_charge_tax_id": tax_id("IGST18")}]});
        let totals = totals(&bill).unwrap();
        assert!(totals.reverse_charge);
        assert_eq!(totals.total, Decimal::from(100));
    }

    #[test]
    fn what_would_change_a_total_unseen_is_refused() {
        let table = [
            (json!({"line_items": []}), "line_items"),
            (json!({"line_items": [{"rate": 1}]}), "account_id"),
            (json!({"line_items": [{"account_id": "1", "rate": 1}]}), "account_id"),
            (json!({"line_items": [{"item_id": "1", "rate": 1, "tax_id": "1"}]}), "tax_id"),
            (json!({"line_items": [{"item_id": "1", "rate": 1, "discount": 5}]}), "discount"),
            (json!({"is_inclusive_tax": true, "line_items": [line("1", "1", "GST5")]}), "is_inclusive_tax"),
        ];
        for (bill, field) in table {
            assert_eq!(totals(&bill).unwrap_err(), Refusal::invalid_value(field));
        }
    }
}
