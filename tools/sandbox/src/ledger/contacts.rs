//! Vendors and customers.

use std::{collections::BTreeMap, time::Instant};

use serde_json::{Map, Value, json};

use super::{
    Ledger, Moment,
    fields::Fields,
    listing::{Columns, Page, Query, select},
    numbered_id,
    reference::{self, Currency},
    refusal::Refusal,
};

/// A contact as booked.
#[derive(Debug)]
pub(super) struct Contact {
    id: String,
    pub(super) name: String,
    company_name: String,
    kind: String,
    pub(super) gst_no: String,
    gst_treatment: String,
    place_of_contact: String,
    email: String,
    phone: String,
    pub(super) currency: Currency,
    billing_address: Value,
    created_time: String,
    visible_from: Option<Instant>,
}

impl Ledger {
    /// `POST /contacts`.
    ///
    /// # Errors
    /// No name, a name that is taken, or a value Zoho would refuse.
    pub fn create_contact(&mut self, body: &Map<String, Value>, moment: Moment) -> Result<Value, Refusal> {
        let mut contact = Contact::read(Fields(body))?;
        let is_taken = |known: &Contact| known.name.to_lowercase() == contact.name.to_lowercase();
        if self.contacts.values().any(is_taken) {
            return Err(Refusal::contact_exists(&contact.name));
        }
        contact.id = self.ids.next();
        contact.created_time = moment.stamp();
        contact.visible_from = Some(moment.visible_from());
        let view = contact.view();
        self.contacts.insert(contact.id.clone(), contact);
        Ok(view)
    }

    /// `GET /contacts`.
    #[must_use]
    pub fn contacts(&self, query: &Query, now: Instant) -> Page {
        let columns = Columns {
            exact: &["contact_type", "email", "phone"],
            text: &["contact_name", "company_name"],
            filter_by: &["status", "contact_type"],
            searched: &["contact_name", "company_name"],
            ..Columns::default()
        };
        let contacts = self.contacts.values();
        let visible = contacts.filter(|contact| contact.visible_from.is_none_or(|at| at <= now));
        select(visible.map(Contact::view), query, &columns)
    }

    /// `GET /contacts/{id}`.
    ///
    /// # Errors
    /// There is no such contact.
    pub fn contact(&self, id: &str) -> Result<Value, Refusal> {
        let contact = self.contacts.get(id).map(Contact::view);
        contact.ok_or_else(|| Refusal::no_such("Contact"))
    }

    /// Every contact, oldest first, whether or not lists show it yet.
    #[must_use]
    pub fn audit_contacts(&self) -> Value {
        self.contacts.values().map(Contact::view).collect()
    }

    pub(super) fn vendor(&self, id: &str) -> Result<&Contact, Refusal> {
        let vendor = self.contacts.get(id).filter(|contact| contact.kind == "vendor");
        vendor.ok_or_else(Refusal::unknown_vendor)
    }
}

/// Contacts that were there before the first call: a vendor, and a customer who is not one.
pub(super) fn seeds() -> BTreeMap<String, Contact> {
    let vendor = seed(1, "Sahyadri Print Works", "vendor", "27AAHFS4821K1ZX", "MH");
    let customer = seed(2, "Nilgiri Retail Private Limited", "customer", "33AAGCN7352Q1ZW", "TN");
    [vendor, customer].into_iter().map(|contact| (contact.id.clone(), contact)).collect()
}

fn seed(n: u64, name: &str, kind: &str, gst_no: &str, place: &str) -> Contact {
    Contact {
        id: numbered_id(500 + n),
        name: name.to_owned(),
        company_name: name.to_owned(),
        kind: kind.to_owned(),
        gst_no: gst_no.to_owned(),
        gst_treatment: "business_gst".to_owned(),
        place_of_contact: place.to_owned(),
        email: String::new(),
        phone: String::new(),
        currency: reference::BASE,
        billing_address: json!({}),
        created_time: "2025-04-01T10:00:00+0530".to_owned(),
        visible_from: None,
    }
}

impl Contact {
    fn read(fields: Fields<'_>) -> Result<Self, Refusal> {
        let name = fields.short_text("contact_name", 201)?;
        if name.trim().is_empty() {
            return Err(Refusal::invalid_value("contact_name"));
        }
        let gst_no = fields.text("gst_no")?;
        if !matches!(gst_no.len(), 0 | 15) {
            return Err(Refusal::invalid_value("gst_no"));
        }
        let kind = fields.text("contact_type")?;
        Ok(Self {
            id: String::new(),
            name: name.trim().to_owned(),
            company_name: fields.text("company_name")?,
            kind: if kind.is_empty() { "customer".to_owned() } else { kind },
            gst_no,
            gst_treatment: fields.text("gst_treatment")?,
            place_of_contact: fields.text("place_of_contact")?,
            email: fields.text("email")?,
            phone: fields.text("phone")?,
            currency: currency(fields)?.unwrap_or(reference::BASE),
            billing_address: fields.0.get("billing_address").cloned().unwrap_or(json!({})),
            created_time: String::new(),
            visible_from: None,
        })
    }

    fn view(&self) -> Value {
        json!({
            "contact_id": self.id,
            "contact_name": self.name,
            "vendor_name": self.name,
            "company_name": self.company_name,
            "contact_type": self.kind,
            "status": "active",
            "gst_no": self.gst_no,
            "gst_treatment": self.gst_treatment,
            "place_of_contact": self.place_of_contact,
            "email": self.email,
            "phone": self.phone,
            "currency_id": self.currency.id,
            "currency_code": self.currency.code,
            "billing_address": self.billing_address,
            "created_time": self.created_time,
            "last_modified_time": self.created_time,
        })
    }
}

/// The currency named by `currency_id`; Zoho takes no code here.
pub(super) fn currency(fields: Fields<'_>) -> Result<Option<Currency>, Refusal> {
    let id = fields.text("currency_id")?;
    if id.is_empty() {
        return Ok(None);
    }
    let currency = reference::currency(&id);
    currency.map(Some).ok_or_else(|| Refusal::invalid_value("currency_id"))
}
