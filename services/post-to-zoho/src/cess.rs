//! Compensation cess by a tax group of GST and cess, where the organisation has one: pure.
//!
//! An invoice prints the cess of all lines together, so which lines bear it, and how much, is worked out: lines of one GST
//! rate, at a rate of cess that makes the printed amount. Lists do not say of what a group is made, so the parts of those that
//! could be meant are read; if not exactly one is made of just this GST and this cess, the cess is a line of its own.

use crate::tax::{LineTax, Supply, Tax, paise};
use crate::wire::{Id, Number};
use contract::Invoice;
use rust_decimal::Decimal;
use serde::Deserialize;

/// Groups of which the parts are read, a call each.
const MOST: usize = 4;
/// The rounding of one line.
const PAISA: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// A group that may be GST and cess of some of the lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) group: Id,
    /// The tax that those lines bear without cess.
    gst: Id,
    gst_percent: Decimal,
    cess_percent: Decimal,
}

/// A part of a group, as `GET /settings/taxgroups/{id}` has it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Part {
    tax_id: Id,
    tax_percentage: Number,
}

/// The groups by which the printed cess may come about.
pub(crate) fn candidates(
    taxes: &[Tax],
    invoice: &Invoice,
    amounts: &[Decimal],
    assigned: &[Option<LineTax>],
) -> Vec<Candidate> {
    if invoice.cess.is_zero() || invoice.lines_with_tax {
        return Vec::new();
    }
    let mut bases: Vec<&LineTax> = Vec::new();
    for tax in assigned.iter().flatten() {
        if bases.iter().all(|known| known.tax_id != tax.tax_id) {
            bases.push(tax);
        }
    }
    let groups = || taxes.iter().filter(|tax| tax.is_group());
    let pairs = bases.iter().flat_map(|gst| groups().map(move |group| (*gst, group)));
    let fitting = pairs.filter_map(|(gst, group)| {
        let cess_percent = group.tax_percentage.0 - gst.percent();
        let bearing =
            assigned.iter().zip(amounts).filter(|(tax, _)| tax.as_ref().is_some_and(|tax| tax.tax_id == gst.tax_id));
        let (lines, cess) = bearing.fold((Decimal::ZERO, Decimal::ZERO), |(lines, cess), (_, amount)| {
            (lines + Decimal::ONE, cess + paise(amount * cess_percent / Decimal::ONE_HUNDRED))
        });
        let fits = cess_percent > Decimal::ZERO && (cess - invoice.cess).abs() <= PAISA * lines;
        let group = group.tax_id.clone();
        fits.then(|| Candidate { group, gst: gst.tax_id.clone(), gst_percent: gst.percent(), cess_percent })
    });
    fitting.take(MOST).collect()
}

impl Candidate {
    /// The lines' taxes with the group in place of GST alone, if the group is made of just these parts.
    pub(crate) fn applied(
        &self,
        taxes: &[Tax],
        parts: &[Part],
        supply: Supply,
        assigned: &[Option<LineTax>],
    ) -> Option<Vec<Option<LineTax>>> {
        if !self.is_made_of(taxes, parts, supply) {
            return None;
        }
        let percents: Vec<Decimal> = parts.iter().map(|part| part.tax_percentage.0).collect();
        let with_cess = LineTax::new(self.group.clone(), percents);
        let replaced = |tax: &Option<LineTax>| match tax {
            Some(tax) if tax.tax_id == self.gst => Some(with_cess.clone()),
            other => other.clone(),
        };
        Some(assigned.iter().map(replaced).collect())
    }

    /// What kind a part is stands in the list of all taxes alone.
    fn is_made_of(&self, taxes: &[Tax], parts: &[Part], supply: Supply) -> bool {
        let kind = |part: &Part| {
            let tax = taxes.iter().find(|tax| tax.tax_id == part.tax_id)?;
            tax.specific_type().map(str::to_ascii_lowercase)
        };
        let Some(mut found) =
            parts.iter().map(|part| Some((kind(part)?, part.tax_percentage.0))).collect::<Option<Vec<_>>>()
        else {
            return false;
        };
        let half = self.gst_percent / Decimal::TWO;
        let gst: &[(&[&str], Decimal)] = match supply {
            Supply::IntraState => &[(&["cgst"], half), (&["sgst", "utgst"], half)],
            Supply::InterState => &[(&["igst"], self.gst_percent)],
            Supply::Untaxed => return false,
        };
        let cess: (&[&str], Decimal) = (&["cess"], self.cess_percent);
        let all_there = gst.iter().chain([&cess]).all(|(kinds, percent)| {
            let fits = |(kind, found): &(String, Decimal)| kinds.contains(&kind.as_str()) && found == percent;
            found.iter().position(fits).map(|at| found.swap_remove(at)).is_some()
        });
        all_there && found.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use serde_json::json;

    fn taxes() -> Vec<Tax> {
        let tax = |id: &str, percent: u32, kind: &str| {
            let group = if kind.is_empty() { "tax_group" } else { "tax" };
            json!({"tax_id": id, "tax_name": id, "tax_percentage": percent, "tax_type": group, "tax_specific_type": kind})
        };
        let rows = json!([
            tax("c9", 9, "cgst"),
            tax("s9", 9, "sgst"),
            tax("cess12", 12, "cess"),
            tax("cess5", 5, "cess"),
            tax("i18", 18, "igst"),
            tax("GST18", 18, ""),
            tax("GST18 cess12", 30, ""),
            tax("GST23", 23, ""),
        ]);
        serde_json::from_value(rows).unwrap()
    }

    fn parts(rows: &[(&str, u32)]) -> Vec<Part> {
        let part = |(id, percent): &(&str, u32)| json!({"tax_id": id, "tax_percentage": percent});
        serde_json::from_value(rows.iter().map(part).collect()).unwrap()
    }

    fn bearing(cess: &str) -> (Invoice, Vec<Decimal>, Vec<Option<LineTax>>) {
        let invoice = Invoice { cess: cess.parse().unwrap(), ..fixture::invoice() };
        let amounts = invoice.lines.iter().map(|line| line.amount).collect();
        let assigned = crate::tax::assign(&taxes(), &invoice, None).unwrap();
        (invoice, amounts, assigned)
    }

    fn found(cess: &str) -> Vec<String> {
        let (invoice, amounts, assigned) = bearing(cess);
        let candidates = candidates(&taxes(), &invoice, &amounts, &assigned);
        candidates.into_iter().map(|candidate| candidate.group.to_string()).collect()
    }

    #[test]
    fn a_group_is_meant_if_its_cess_makes_the_printed_amount() {
        assert_eq!(found("120"), ["GST18 cess12"]);
        assert_eq!(found("120.02"), ["GST18 cess12"], "each line may be rounded");
        assert_eq!(found("120.03"), [""; 0]);
        assert_eq!(found("75"), [""; 0], "cess by quantity");
    }

    #[test]
    fn a_group_is_used_only_if_its_parts_are_this_gst_and_this_cess() {
        let (invoice, amounts, assigned) = bearing("120");
        let candidate = candidates(&taxes(), &invoice, &amounts, &assigned).remove(0);
        let applied = |rows: &[(&str, u32)]| candidate.applied(&taxes(), &parts(rows), Supply::IntraState, &assigned);
        let with_cess = applied(&[("cess12", 12), ("c9", 9), ("s9", 9)]).unwrap();
        let all: Vec<String> = with_cess.iter().flatten().map(|tax| tax.tax_id.to_string()).collect();
        assert_eq!(all, ["GST18 cess12"; 2]);
        assert_eq!(with_cess[0].as_ref().unwrap().on(Decimal::ONE_HUNDRED), Decimal::from(30));
        for wrong in [
            &[("c9", 9), ("s9", 9)][..],
            &[("i18", 18), ("cess12", 12)],
            &[("cess5", 12), ("c9", 9), ("s9", 8)],
            &[("unknown", 12), ("c9", 9), ("s9", 9)],
            &[("cess12", 12), ("c9", 9), ("s9", 9), ("cess5", 5)],
        ] {
            assert_eq!(applied(wrong), None, "{wrong:?}");
        }
    }
}
