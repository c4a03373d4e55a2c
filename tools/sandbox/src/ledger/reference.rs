//! Accounts and currencies that the organisation was set up with.

use serde_json::{Value, json};

use super::listing::{Columns, Page, Query, select};

/// Account that purchases are booked to by default.
#[cfg(test)]
pub(super) const PURCHASES: &str = "460000000000000411";

/// An account of the chart.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    code: &'static str,
    kind: &'static str,
}

/// A currency by its id and ISO 4217 code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Currency {
    pub(super) id: &'static str,
    pub(super) code: &'static str,
    symbol: &'static str,
}

static ACCOUNTS: [Account; 10] = [
    entry("460000000000000411", "Cost of Goods Sold", "5000", "cost_of_goods_sold"),
    entry("460000000000000412", "Office Supplies", "5100", "expense"),
    entry("460000000000000413", "IT and Internet Expenses", "5200", "expense"),
    entry("460000000000000414", "Consultant Expense", "5300", "expense"),
    entry("460000000000000415", "Repairs and Maintenance", "5400", "expense"),
    entry("460000000000000416", "Other Expenses", "5900", "other_expense"),
    entry("460000000000000421", "Accounts Payable", "2000", "accounts_payable"),
    entry("460000000000000431", "Sales", "4000", "income"),
    entry("460000000000000441", "TCS Receivable", "1200", "other_current_asset"),
    entry("460000000000000442", "Input Compensation Cess", "1210", "other_current_asset"),
];

const CURRENCIES: [Currency; 4] = [
    money("460000000000000097", "INR", "₹"),
    money("460000000000000099", "USD", "$"),
    money("460000000000000101", "EUR", "€"),
    money("460000000000000103", "GBP", "£"),
];

/// The organisation's own currency.
pub(super) const BASE: Currency = CURRENCIES[0];

pub(super) fn account(id: &str) -> Option<&'static Account> {
    ACCOUNTS.iter().find(|account| account.id == id)
}

pub(super) fn currency(id: &str) -> Option<Currency> {
    CURRENCIES.into_iter().find(|currency| currency.id == id)
}

pub(super) fn accounts(query: &Query) -> Page {
    let columns = Columns {
        text: &["account_name", "account_code"],
        filter_by: &["account_type", "state"],
        ..Columns::default()
    };
    select(ACCOUNTS.iter().map(Account::view), query, &columns)
}

pub(super) fn currencies() -> Value {
    let rows = CURRENCIES.iter().map(|currency| {
        json!({
            "currency_id": currency.id,
            "currency_code": currency.code,
            "currency_name": currency.code,
            "currency_symbol": currency.symbol,
            "price_precision": 2,
            "is_base_currency": currency.code == BASE.code,
        })
    });
    rows.collect()
}

impl Account {
    fn view(&self) -> Value {
        json!({
            "account_id": self.id,
            "account_name": self.name,
            "account_code": self.code,
            "account_type": self.kind,
            "is_active": true,
            "state": "active",
        })
    }
}

const fn entry(id: &'static str, name: &'static str, code: &'static str, kind: &'static str) -> Account {
    Account { id, name, code, kind }
}

const fn money(id: &'static str, code: &'static str, symbol: &'static str) -> Currency {
    Currency { id, code, symbol }
}
