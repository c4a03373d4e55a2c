//! What can be done with vendor credits, the purchase side of a credit note, and the rules that hold
//! between them: those of bills, but for what Zoho documents otherwise.

use std::time::Instant;

use serde_json::{Map, Value, json};

use super::{
    Kind, Ledger, Moment,
    credit::Credit,
    draft::Draft,
    fields::Fields,
    listing::{Columns, Page, Query, select},
    refusal::Refusal,
    status::Step,
};

/// The field that holds a vendor credit's number.
const NUMBER: &str = "vendor_credit_number";

impl Ledger {
    /// `POST /vendorcredits`. Zoho numbers them itself unless `own_number` is set, and then a number
    /// is needed. A number that is not asked for is refused: whether Zoho would keep it is not known.
    ///
    /// # Errors
    /// A value that Zoho refuses, or a number the vendor has used in that financial year.
    pub fn create_credit(
        &mut self,
        mut body: Map<String, Value>,
        own_number: bool,
        moment: Moment,
    ) -> Result<Value, Refusal> {
        // Not a field of vendor credits: to ignore it would book a wrong total in silence.
        Fields(&body).refuse_set(&["adjustment"])?;
        if !own_number {
            Fields(&body).refuse_set(&[NUMBER])?;
            self.credit_numbers += 1;
            body.insert(NUMBER.to_owned(), json!(format!("DN-{:05}", self.credit_numbers)));
        }
        let draft = Draft::read(body, NUMBER, self, moment)?;
        if self.credits.values().any(|other| other.draft.repeats(&draft)) {
            let message = format!("vendor credit number {} already exists", draft.number);
            return Err(Refusal::new(400, self.duplicate_code, message));
        }
        let credit = Credit {
            status: self.workflow.first(Fields(&draft.source))?,
            id: self.ids.next(),
            created_time: moment.stamp(),
            modified_time: moment.stamp(),
            visible_from: moment.visible_from(),
            times_created: self.times_created(Kind::Credit, &draft),
            draft,
        };
        let view = credit.view();
        self.credits.insert(credit.id.clone(), credit);
        Ok(view)
    }

    /// `GET /vendorcredits/{id}`: sees what lists do not show yet.
    ///
    /// # Errors
    /// There is no such vendor credit.
    pub fn credit(&self, id: &str) -> Result<Value, Refusal> {
        self.credits.get(id).map(Credit::view).ok_or_else(no_such_credit)
    }

    /// `GET /vendorcredits`. The vendor is filtered by as `customer_id` and `customer_name`.
    #[must_use]
    pub fn credits(&self, query: &Query, now: Instant) -> Page {
        let columns = Columns {
            exact: &["vendor_id", "status"],
            times: &["last_modified_time"],
            text: &[NUMBER, "reference_number", "vendor_name"],
            dates: &["date"],
            amounts: &["total"],
            filter_by: &["status"],
            searched: &[NUMBER, "vendor_name", "reference_number"],
        };
        let visible = self.credits.values().filter(|credit| credit.visible_from <= now);
        select(visible.map(Credit::row), &query.renamed(column), &columns)
    }

    /// `POST /vendorcredits/{id}/status/open` and its like.
    ///
    /// # Errors
    /// There is no such vendor credit, or the step is not possible from where it stands.
    pub fn step_credit(&mut self, id: &str, step: Step, moment: Moment) -> Result<(), Refusal> {
        let credit = self.credits.get_mut(id).ok_or_else(no_such_credit)?;
        credit.status = self.workflow.after(credit.status, step, "vendor credit")?;
        credit.modified_time = moment.stamp();
        Ok(())
    }

    /// `DELETE /vendorcredits/{id}`.
    ///
    /// # Errors
    /// There is no such vendor credit.
    pub fn delete_credit(&mut self, id: &str) -> Result<(), Refusal> {
        self.credits.remove(id).map(drop).ok_or_else(no_such_credit)
    }

    /// `reference_number` of a vendor credit.
    #[must_use]
    pub fn credit_reference(&self, id: &str) -> Option<&str> {
        self.credits.get(id).map(|credit| credit.draft.reference.as_str())
    }

    /// Every vendor credit, oldest first, as `GET /_sandbox/vendorcredits` shows it.
    #[must_use]
    pub fn audit_credits(&self) -> Value {
        self.credits.values().map(Credit::audit).collect()
    }
}

/// The column that a documented filter looks at; none for a vendor by the name it has with bills.
fn column(parameter: &str) -> Option<String> {
    let of_vendor = ["vendor_id", "vendor_name"].iter().any(|name| parameter.starts_with(name));
    (!of_vendor).then(|| parameter.replacen("customer_", "vendor_", 1))
}

fn no_such_credit() -> Refusal {
    Refusal::no_such("Vendor Credit")
}
