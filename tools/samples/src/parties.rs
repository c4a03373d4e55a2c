//! The companies on the invoices. All of them, their addresses and their PANs are invented.

use crate::gstin;

/// A seller or a buyer. `state` is the GST state code, 0 outside India; a foreign party has no PAN.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Party {
    pub(crate) name: &'static str,
    pub(crate) street: &'static str,
    pub(crate) city: &'static str,
    pub(crate) state: u8,
    pub(crate) pan: &'static str,
    /// How this seller's invoice numbers begin.
    pub(crate) series: &'static str,
}

impl Party {
    /// "" for a foreign party.
    pub(crate) fn gstin(&self) -> String {
        if self.state == 0 { String::new() } else { gstin::gstin(self.state, self.pan) }
    }
}

/// The buyer of every sample, whose books the bills go into.
pub(crate) const BUYER: Party =
    party("Saral Kitchenware Private Limited", "14 Hosur Industrial Estate", "Bengaluru 560099", 29, "AAKCS4821M", "");

pub(crate) const KAVERI: Party =
    party("Kaveri Steel Traders", "88 Ring Road, Hebbal", "Mysuru 570016", 29, "AAGFK3127L", "KST");
pub(crate) const SAHYADRI: Party =
    party("Sahyadri Packaging Private Limited", "Plot 31, Bhosari MIDC", "Pune 411026", 27, "AAMCS7340D", "SPL");
pub(crate) const DECCAN: Party =
    party("Deccan Electricals", "5-9-112 Abids Road", "Hyderabad 500001", 36, "AAJFD5518B", "DE");
pub(crate) const GODAVARI: Party =
    party("Godavari Stationers", "27 Main Bazaar", "Rajahmundry 533101", 37, "AANFG2046R", "GS");
pub(crate) const MALABAR: Party =
    party("Malabar Spice Works LLP", "3/214 Beach Road", "Kozhikode 673032", 32, "ABBFM6903T", "MSW");
pub(crate) const VINDHYA: Party =
    party("Vindhya Roadlines", "19 Transport Nagar", "Jabalpur 482002", 23, "AAOFV8871K", "VR");
pub(crate) const KONKAN: Party =
    party("Konkan Hardware Mart", "44 Station Road", "Ratnagiri 415612", 27, "AFZPK4419N", "KHM");
pub(crate) const ARAVALLI: Party =
    party("Aravalli Chemicals Limited", "E-117 Madri Area", "Udaipur 313003", 8, "AADCA9267H", "ACL");
pub(crate) const NARMADA: Party =
    party("Narmada Foods Private Limited", "62 GIDC Estate", "Bharuch 392001", 24, "AAHCN1735P", "NFP");
pub(crate) const TUNGABHADRA: Party =
    party("Tungabhadra Printers", "8 Car Street", "Ballari 583101", 29, "AAQFT6052C", "TP");
pub(crate) const SUNDARBAN: Party =
    party("Sundarban Organics", "71 Gariahat Lane", "Kolkata 700019", 19, "AARFS2984J", "SO");
pub(crate) const CHAMBAL: Party =
    party("Chambal Freight Services LLP", "12 Jhalawar Road", "Kota 324005", 8, "ABDFC7716E", "CFS");
pub(crate) const PERIYAR: Party =
    party("Periyar Ceramics", "150 Alagar Kovil Road", "Madurai 625002", 33, "AATFP3348G", "PC");
pub(crate) const YAMUNA: Party =
    party("Yamuna Textiles Private Limited", "Sector 29, Part 2", "Panipat 132103", 6, "AAICY5590A", "YT");
const NILGIRI: Party = party("Nilgiri Instruments", "23 Mount Road", "Coonoor 643102", 33, "AASFN4102V", "NI");
const BHIMA: Party = party("Bhima Films Private Limited", "Chincholi MIDC", "Solapur 413255", 27, "AAFCB8215W", "BF");
const SUTLEJ: Party = party("Sutlej Fasteners", "Focal Point, Phase 5", "Ludhiana 141010", 3, "AAUFS1693Q", "SF");
const MAHANADI: Party = party("Mahanadi Office Systems", "9 Link Road", "Cuttack 753012", 21, "AAVFM7024S", "MOS");
const PAMBA: Party = party("Pamba Facility Services LLP", "40 Marine Drive", "Kochi 682031", 32, "ABEFP5287U", "PFS");
const SHARAVATI: Party = party("Sharavati Power Tools", "66 Garden Area", "Shivamogga 577201", 29, "AAWFS9431F", "SPT");

/// Who sells on the numbered invoices.
pub(crate) const SELLERS: [&Party; 20] = [
    &KAVERI,
    &SAHYADRI,
    &DECCAN,
    &GODAVARI,
    &MALABAR,
    &VINDHYA,
    &KONKAN,
    &ARAVALLI,
    &NARMADA,
    &TUNGABHADRA,
    &SUNDARBAN,
    &CHAMBAL,
    &PERIYAR,
    &YAMUNA,
    &NILGIRI,
    &BHIMA,
    &SUTLEJ,
    &MAHANADI,
    &PAMBA,
    &SHARAVATI,
];

pub(crate) const HARBOURLINE: Party =
    party("Harbourline Software Inc.", "410 Quay Street, Suite 9", "Portland, OR 97204, USA", 0, "", "HL");
pub(crate) const EICHENFELD: Party =
    party("Eichenfeld Werkzeuge GmbH", "Lindenweg 18", "73430 Aalen, Germany", 0, "", "RE");

const fn party(
    name: &'static str,
    street: &'static str,
    city: &'static str,
    state: u8,
    pan: &'static str,
    series: &'static str,
) -> Party {
    Party { name, street, city, state, pan, series }
}
