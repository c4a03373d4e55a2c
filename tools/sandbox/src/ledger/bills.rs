//! What can be done with bills, and the rules that hold between them.

use std::time::Instant;

use serde_json::{Map, Value, json};

use super::{
    Kind, Ledger, Moment,
    bill::Bill,
    document::Document,
    draft::Draft,
    fields::Fields,
    listing::{Columns, Page, Query, select},
    refusal::Refusal,
    status::Step,
};

/// The field that holds a bill's number.
const NUMBER: &str = "bill_number";

/// A custom field that no two bills may share a value of, and the value looked for.
#[derive(Debug, Clone, Copy)]
pub struct UniqueKey<'a> {
    /// API name of the field, `cf_…`.
    pub field: &'a str,
    /// Its value.
    pub value: &'a str,
}

/// What an upsert did, with the bill as it then is.
#[derive(Debug)]
pub enum Upserted {
    /// None had the value.
    Created(Value),
    /// One had it.
    Updated(Value),
}

impl Ledger {
    /// `POST /bills`.
    ///
    /// # Errors
    /// A value that Zoho refuses, a number the vendor has used in that financial year, or a value of
    /// the unique field that another bill has.
    pub fn create_bill(&mut self, body: Map<String, Value>, moment: Moment) -> Result<Value, Refusal> {
        let draft = Draft::read(body, NUMBER, self, moment)?;
        self.refuse_duplicate(&draft, None)?;
        let status = self.workflow.first(Fields(&draft.source))?;
        let times_created = self.times_created(Kind::Bill, &draft);
        let bill = Bill {
            id: self.ids.next(),
            status,
            documents: Vec::new(),
            created_time: moment.stamp(),
            modified_time: moment.stamp(),
            visible_from: moment.visible_from(),
            times_created,
            draft,
        };
        let view = bill.view();
        self.bills.insert(bill.id.clone(), bill);
        Ok(view)
    }

    /// `PUT /bills/{id}`: fields that are absent stay as they are; what changes nothing leaves no trace.
    ///
    /// # Errors
    /// As for creating one, and when there is no such bill.
    pub fn update_bill(&mut self, id: &str, body: Map<String, Value>, moment: Moment) -> Result<Value, Refusal> {
        let known = self.known(id)?;
        let mut source = known.draft.source.clone();
        source.extend(body);
        if source == known.draft.source {
            return Ok(known.view());
        }
        let draft = Draft::read(source, NUMBER, self, moment)?;
        self.refuse_duplicate(&draft, Some(id))?;
        let bill = self.bills.get_mut(id).ok_or_else(no_such_bill)?;
        bill.draft = draft;
        bill.modified_time = moment.stamp();
        Ok(bill.view())
    }

    /// `PUT /bills` with `X-Unique-Identifier-*` headers.
    ///
    /// # Errors
    /// The field is not one that prevents duplicates, no bill has the value and `create` is off, or
    /// as for creating and updating.
    pub fn upsert_bill(
        &mut self,
        key: UniqueKey<'_>,
        create: bool,
        mut body: Map<String, Value>,
        moment: Moment,
    ) -> Result<Upserted, Refusal> {
        if Some(key.field) != self.unique_field.as_deref() {
            return Err(Refusal::invalid_value("X-Unique-Identifier-Key"));
        }
        let found = self.bills.values().find(|bill| bill.draft.holds(key));
        if let Some(id) = found.map(|bill| bill.id.clone()) {
            return self.update_bill(&id, body, moment).map(Upserted::Updated);
        }
        if !create {
            return Err(no_such_bill());
        }
        let fields = body.entry("custom_fields").or_insert_with(|| json!([]));
        if let Value::Array(fields) = fields
            && !fields.iter().any(|field| field["api_name"] == key.field)
        {
            fields.push(json!({"api_name": key.field, "value": key.value}));
        }
        self.create_bill(body, moment).map(Upserted::Created)
    }

    /// `GET /bills/{id}`: sees what lists do not show yet.
    ///
    /// # Errors
    /// There is no such bill.
    pub fn bill(&self, id: &str) -> Result<Value, Refusal> {
        self.known(id).map(Bill::view)
    }

    /// `GET /bills`.
    #[must_use]
    pub fn bills(&self, query: &Query, now: Instant) -> Page {
        let columns = Columns {
            exact: &["vendor_id", "status"],
            times: &["last_modified_time"],
            text: &["bill_number", "reference_number", "vendor_name"],
            dates: &["date"],
            amounts: &["total"],
            filter_by: &["status"],
            searched: &["bill_number", "reference_number", "vendor_name"],
        };
        let bills = self.bills.values();
        let visible = bills.filter(|bill| bill.visible_from <= now && bill.may_match(query));
        select(visible.map(Bill::row), query, &columns)
    }

    /// `DELETE /bills/{id}`.
    ///
    /// # Errors
    /// There is no such bill.
    pub fn delete_bill(&mut self, id: &str) -> Result<(), Refusal> {
        self.bills.remove(id).map(drop).ok_or_else(no_such_bill)
    }

    /// `POST /bills/{id}/attachment`: appends, whatever is attached already.
    ///
    /// # Errors
    /// There is no such bill, or Zoho takes no file of this type or size.
    pub fn attach(&mut self, id: &str, file_name: &str, bytes: &[u8]) -> Result<(), Refusal> {
        self.known(id)?;
        let document = Document::read(self.ids.next(), file_name, bytes)?;
        let bill = self.bills.get_mut(id).ok_or_else(no_such_bill)?;
        bill.documents.push(document);
        Ok(())
    }

    /// `POST /bills/{id}/status/open` and its like.
    ///
    /// # Errors
    /// There is no such bill, or the step is not possible from where it stands.
    pub fn step_bill(&mut self, id: &str, step: Step, moment: Moment) -> Result<(), Refusal> {
        let bill = self.bills.get_mut(id).ok_or_else(no_such_bill)?;
        bill.status = self.workflow.after(bill.status, step, "bill")?;
        bill.modified_time = moment.stamp();
        Ok(())
    }

    /// `reference_number` of a bill.
    #[must_use]
    pub fn bill_reference(&self, id: &str) -> Option<&str> {
        self.bills.get(id).map(|bill| bill.draft.reference.as_str())
    }

    /// Every bill, oldest first, as `GET /_sandbox/bills` shows it.
    #[must_use]
    pub fn audit(&self) -> Value {
        self.bills.values().map(Bill::audit).collect()
    }

    fn known(&self, id: &str) -> Result<&Bill, Refusal> {
        self.bills.get(id).ok_or_else(no_such_bill)
    }

    fn refuse_duplicate(&self, draft: &Draft, itself: Option<&str>) -> Result<(), Refusal> {
        let others = self.bills.values().filter(|bill| Some(bill.id.as_str()) != itself);
        let unique = draft.custom_fields.iter().find(|(field, _)| Some(field) == self.unique_field.as_ref());
        for other in others {
            if other.draft.repeats(draft) {
                let message = format!("bill number {} already exists", draft.number);
                return Err(Refusal::new(400, self.duplicate_code, message));
            }
            if let Some((field, value)) = unique
                && other.draft.holds(UniqueKey { field, value })
            {
                let message = format!("The value {value} of the field {field} already exists");
                return Err(Refusal::new(400, self.duplicate_code, message));
            }
        }
        Ok(())
    }
}

impl Draft {
    fn holds(&self, key: UniqueKey<'_>) -> bool {
        let mut fields = self.custom_fields.iter();
        fields.any(|(field, value)| field == key.field && value == key.value && !value.is_empty())
    }
}

impl Bill {
    /// The common look-ups, answered before a row is built: books of load tests are long.
    fn may_match(&self, query: &Query) -> bool {
        let columns = [
            ("bill_number", &self.draft.number),
            ("reference_number", &self.draft.reference),
            ("vendor_id", &self.draft.vendor_id),
        ];
        (columns.iter()).all(|(name, held)| query.get(name).is_none_or(|wanted| wanted == *held))
    }
}

fn no_such_bill() -> Refusal {
    Refusal::no_such("Bill")
}
