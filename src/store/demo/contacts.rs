//! By what channels a customer may be contacted, whom a customer knows, and where everybody is.

use chrono::{Days, NaiveDate};

use super::customers::Customer;
use super::rng::{Rng, Stream};
use super::story;
use super::units::SubBranch;

/// A channel, and whether and since when the customer lets the bank use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consent {
    /// phone, sms, wecom, app or visit.
    pub channel: &'static str,
    /// Given or refused.
    pub given: bool,
    /// Since when.
    pub since: NaiveDate,
}

/// What `customer` was asked; who asked not to be called lets nobody call or visit.
#[must_use]
pub fn consents(seed: u64, customer: &Customer) -> Vec<Consent> {
    let mut rng = Rng::new(seed, Stream::Consents, customer.id.unsigned_abs());
    let known = (story::as_of() - customer.opened_on).num_days();
    let channels = [
        ("phone", 1_000_000, if customer.no_contact { 0 } else { 930_000 }),
        ("sms", 900_000, if customer.no_contact { 300_000 } else { 880_000 }),
        ("wecom", if customer.rm.is_some() { 460_000 } else { 60_000 }, 970_000),
        ("app", if customer.app { 1_000_000 } else { 0 }, 760_000),
        ("visit", if customer.rm.is_some() { 300_000 } else { 20_000 }, 610_000),
    ];
    let mut consents = Vec::new();
    for (channel, asked, yes) in channels {
        let (asked, given) = (rng.chance(asked), rng.chance(yes));
        let since = story::as_of() - Days::new(rng.between(0, known).unsigned_abs());
        let given = given && !(channel == "visit" && customer.no_contact);
        if asked {
            consents.push(Consent { channel, given, since });
        }
    }
    consents
}

/// One customer's relation to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Relation {
    /// Whose.
    pub customer: i64,
    /// family, which goes both ways; employer, who pays him; or referrer, who brought him.
    pub kind: &'static str,
    /// To whom.
    pub other: i64,
}

/// Every relation of the bank. Neighbours on a sub-branch's list are married if their ages allow it, or parent and
/// child; workers are paid by the business owner who last came before them, and some customers were brought by the
/// one before.
#[must_use]
pub fn relations(seed: u64, customers: &[Customer], units: usize) -> Vec<Relation> {
    let mut last: Vec<Option<&Customer>> = vec![None; units];
    let mut owner: Vec<Option<&Customer>> = vec![None; units];
    let mut relations = Vec::new();
    for customer in customers {
        let mut rng = Rng::new(seed, Stream::Relations, customer.id.unsigned_abs());
        let (family, brought, paid) =
            (rng.chance(520_000), rng.chance(60_000), rng.chance(240_000));
        let mut free = Some(customer);
        if let Some(other) = last[customer.unit] {
            let (years, mixed) =
                ((customer.age - other.age).abs(), customer.female != other.female);
            let fits = (mixed && years <= 6) || (22..=35).contains(&years);
            if family && fits {
                for (one, two) in [(customer, other), (other, customer)] {
                    relations.push(Relation { customer: one.id, kind: "family", other: two.id });
                }
                // Nobody marries twice here: the next one on the list finds none of the two.
                free = None;
            }
            if brought && other.opened_on < customer.opened_on {
                let (customer, other) = (customer.id, other.id);
                relations.push(Relation { customer, kind: "referrer", other });
            }
        }
        if let Some(other) = owner[customer.unit].filter(|_| paid && customer.job == "worker") {
            let (customer, other) = (customer.id, other.id);
            relations.push(Relation { customer, kind: "employer", other });
        }
        if customer.job == "business_owner" {
            owner[customer.unit] = Some(customer);
        }
        last[customer.unit] = free;
    }
    relations.sort_unstable();
    relations
}

/// A place in millionths of a degree: latitude and longitude.
pub type Place = (i64, i64);

/// The city's middle, out at sea where no city is.
const CITY: Place = (29_400_000, 124_600_000);

/// Where the branch is whose number this is, from 0: one in the middle, the others around it.
fn branch(number: usize) -> Place {
    // Ten kilometres are about 90,000 of latitude and 103,000 of longitude here.
    const AROUND: [Place; 8] = [
        (0, 0),
        (118_000, 9_000),
        (-112_000, -21_000),
        (24_000, 128_000),
        (-9_000, -131_000),
        (-96_000, 176_000),
        (84_000, 152_000),
        (181_000, -214_000),
    ];
    let (north, east) = AROUND[number % AROUND.len()];
    (CITY.0 + north, CITY.1 + east)
}

/// Where the unit with this code is: the head office in the middle, a sub-branch within some kilometres of its branch.
#[must_use]
pub fn of_unit(seed: u64, code: &str) -> Place {
    let digits =
        |range: std::ops::Range<usize>| code.get(range).and_then(|d| d.parse::<usize>().ok());
    let Some(number) = digits(1..3) else { return CITY };
    let (north, east) = branch(number.saturating_sub(1));
    let Some(sub) = digits(3..5).filter(|sub| *sub > 1) else {
        // The first sub-branch is the branch's own house.
        return (north, east);
    };
    let mut rng = Rng::new(seed, Stream::Places, (number * 100 + sub) as u64);
    (north + rng.normal() * 25_000 / 65_536, east + rng.normal() * 29_000 / 65_536)
}

/// Where `customer` lives, of most: two in three within some three kilometres of the sub-branch.
#[must_use]
pub fn of_customer(seed: u64, customer: &Customer, units: &[SubBranch]) -> Option<Place> {
    let mut rng = Rng::new(seed, Stream::Places, customer.id.unsigned_abs());
    let (north, east) = of_unit(seed, &units[customer.unit].code);
    let known = rng.chance(940_000);
    known.then(|| (north + rng.normal() * 18_000 / 65_536, east + rng.normal() * 21_000 / 65_536))
}
