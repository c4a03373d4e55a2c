//! TallyPrime's HTTP port as far as is documented, with faults: it keeps vouchers by their remote id and ledgers by name.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What becomes of an import of a voucher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The connection is reset, and nothing was done.
    ResetBefore,
    /// The voucher is made, and the connection is reset.
    ResetAfter,
    /// The voucher is made, and the answer ends in its middle.
    CutAfter,
    /// The voucher is made, and the answer is something else.
    GarbageAfter,
    /// Nothing was done, and the answer is something else.
    GarbageBefore,
    /// The voucher is made, and Tally says that something was wrong.
    ErrorAfter,
    /// Nothing was done, and Tally says what was wrong.
    LineError(&'static str),
    /// Nothing was done, and Tally counts nothing.
    Nothing,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Voucher {
    pub(crate) remote_id: String,
    pub(crate) narration: String,
    pub(crate) reference: String,
    pub(crate) party: String,
    pub(crate) amount: String,
}

#[derive(Debug, Default)]
pub(crate) struct Books {
    pub(crate) vouchers: Vec<Voucher>,
    /// Of creditors: name and GSTIN.
    pub(crate) creditors: Vec<(String, String)>,
    /// Of anything else.
    pub(crate) others: Vec<String>,
    pub(crate) faults: VecDeque<Fault>,
    /// How many requests there were of each kind: vouchers asked for, sent, creditors asked for, made.
    pub(crate) looks: usize,
    pub(crate) imports: usize,
    pub(crate) requests: Vec<String>,
    busy: bool,
    /// Whether two requests were ever under way at once.
    pub(crate) was_crowded: bool,
}

/// A Tally of one test.
#[derive(Debug, Clone)]
pub(crate) struct Tally {
    pub(crate) url: String,
    pub(crate) books: Arc<Mutex<Books>>,
}

impl Tally {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let books = Arc::new(Mutex::new(Books::default()));
        let shared = books.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        Self { url, books }
    }

    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut Books) -> T) -> T {
        look(&mut self.books.lock().unwrap())
    }
}

/// One request for each connection.
async fn serve(mut stream: TcpStream, books: Arc<Mutex<Books>>) {
    let Some(request) = read(&mut stream).await else { return };
    let answer = {
        let mut books = books.lock().unwrap();
        books.was_crowded |= books.busy;
        books.busy = true;
        books.requests.push(request.clone());
        books.answer(&request)
    };
    // A second request would come here while the first is under way.
    tokio::task::yield_now().await;
    books.lock().unwrap().busy = false;
    let Some((text, length)) = answer else { return };
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(text.as_bytes()).await;
}

async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                return Some(body.to_owned());
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

impl Books {
    /// An answer and the length that it claims, or `None` for a connection that breaks.
    fn answer(&mut self, request: &str) -> Option<(String, usize)> {
        let whole = |text: String| {
            let length = text.len();
            Some((text, length))
        };
        match inner(request, "ID").as_deref() {
            Some("InvoicesVouchers") => {
                self.looks += 1;
                whole(self.found(request))
            }
            Some("InvoicesVendors") => whole(self.creditors()),
            Some("All Masters") => whole(self.make_ledger(request)),
            Some("Vouchers") => self.import(request),
            _ => whole("<RESPONSE>Unknown Request, cannot be processed</RESPONSE>".to_owned()),
        }
    }

    /// By the formula of the request, as Tally is said to read it: capitals do not count.
    fn found(&self, request: &str) -> String {
        let formula = request.split("NAME=\"InvoicesFilter\"").nth(1).unwrap();
        let texts: Vec<String> = formula.split("&quot;").skip(1).step_by(2).map(str::to_lowercase).collect();
        let fits = |voucher: &&Voucher| {
            voucher.narration.to_lowercase().contains(&texts[0])
                || texts.get(1).is_some_and(|number| voucher.reference.to_lowercase() == *number)
        };
        let shown = |(index, voucher): (usize, &Voucher)| {
            let Voucher { remote_id, narration, reference, party, amount } = voucher;
            format!(
                "<VOUCHER REMOTEID=\"{remote_id}\"><MASTERID TYPE=\"Number\"> {}</MASTERID><NARRATION>{narration}</NARRATION>\
                 <REFERENCE>{reference}</REFERENCE><PARTYLEDGERNAME>{party}</PARTYLEDGERNAME><VOUCHERTYPENAME>Purchase</VOUCHERTYPENAME>\
                 <AMOUNT TYPE=\"Amount\">{amount}</AMOUNT><ISCANCELLED>No</ISCANCELLED></VOUCHER>",
                index + 1
            )
        };
        let rows: String = self.vouchers.iter().enumerate().filter(|(_, voucher)| fits(voucher)).map(shown).collect();
        collection(&rows)
    }

    fn creditors(&self) -> String {
        let rows: String = self
            .creditors
            .iter()
            .map(|(name, gstin)| format!("<LEDGER NAME=\"{name}\"><PARTYGSTIN>{gstin}</PARTYGSTIN></LEDGER>"))
            .collect();
        collection(&rows)
    }

    fn make_ledger(&mut self, request: &str) -> String {
        let name = inner(request, "NAME").unwrap();
        let is_there = |own: &String| own.eq_ignore_ascii_case(&name);
        if self.others.iter().any(is_there) || self.creditors.iter().any(|(own, _)| is_there(own)) {
            return counts(0, 0, "");
        }
        self.creditors.push((name, inner(request, "PARTYGSTIN").unwrap_or_default()));
        counts(1, 0, "")
    }

    fn import(&mut self, request: &str) -> Option<(String, usize)> {
        self.imports += 1;
        let whole = |text: String| {
            let length = text.len();
            Some((text, length))
        };
        let html = "<html><body>502 Bad Gateway</body></html>".to_owned();
        match self.faults.pop_front() {
            None => whole(self.keep(request)),
            Some(Fault::ResetBefore) => None,
            Some(Fault::GarbageBefore) => whole(html),
            Some(Fault::LineError(said)) => whole(counts(0, 0, said)),
            Some(Fault::Nothing) => whole(counts(0, 0, "")),
            Some(Fault::ResetAfter) => {
                self.keep(request);
                None
            }
            Some(Fault::CutAfter) => {
                let answer = self.keep(request);
                Some((answer[..40].to_owned(), answer.len()))
            }
            Some(Fault::GarbageAfter) => {
                self.keep(request);
                whole(html)
            }
            Some(Fault::ErrorAfter) => {
                self.keep(request);
                whole(counts(1, 0, "Something else was wrong"))
            }
        }
    }

    /// As is told of Tally: what has the same remote id is changed.
    fn keep(&mut self, request: &str) -> String {
        let voucher = Voucher {
            remote_id: request.split("REMOTEID=\"").nth(1).unwrap().split('"').next().unwrap().to_owned(),
            narration: inner(request, "NARRATION").unwrap(),
            reference: inner(request, "REFERENCE").unwrap(),
            party: inner(request, "PARTYLEDGERNAME").unwrap(),
            amount: inner(request, "AMOUNT").unwrap(),
        };
        match self.vouchers.iter_mut().find(|own| own.remote_id == voucher.remote_id) {
            Some(own) => {
                *own = voucher;
                counts(0, 1, "")
            }
            None => {
                self.vouchers.push(voucher);
                counts(1, 0, "")
            }
        }
    }
}

/// The text of the first element of a tag, as it is written.
fn inner(xml: &str, tag: &str) -> Option<String> {
    Some(xml.split_once(&format!("<{tag}>"))?.1.split_once("</")?.0.to_owned())
}

fn counts(created: u32, altered: u32, line_error: &str) -> String {
    let (error, exceptions) =
        if line_error.is_empty() { (String::new(), 0) } else { (format!("<LINEERROR>{line_error}</LINEERROR>"), 1) };
    format!(
        "<RESPONSE>{error}<CREATED>{created}</CREATED><ALTERED>{altered}</ALTERED><LASTVCHID>1</LASTVCHID><ERRORS>0</ERRORS>\
         <EXCEPTIONS>{exceptions}</EXCEPTIONS></RESPONSE>"
    )
}

fn collection(rows: &str) -> String {
    format!(
        "<ENVELOPE><HEADER><VERSION>1</VERSION><STATUS>1</STATUS></HEADER><BODY><DATA><COLLECTION>{rows}</COLLECTION></DATA></BODY>\
         </ENVELOPE>"
    )
}
