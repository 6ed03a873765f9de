//! Rules on a real bank, held against values that are reckoned here from the raw files, without SQL.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use chrono::{Datelike as _, NaiveDate};
use support::bank::berka_files;
use support::{Bank, baton};

type Record = HashMap<String, String>;

#[expect(clippy::struct_excessive_bools, reason = "a client as the files tell of him")]
/// One client as the files tell of him, up to the bank's day.
#[derive(Clone, Debug, Default)]
struct Client {
    district: String,
    region: String,
    salary: i64,
    birth: NaiveDate,
    female: bool,
    owner: bool,
    opened: Option<NaiveDate>,
    frequency: String,
    aum: i64,
    moved: Option<NaiveDate>,
    pension: bool,
    household: bool,
    orders: Option<usize>,
    card: Option<(String, NaiveDate)>,
    loan: Option<(i64, String, i64)>,
}

fn read(dir: &Path, name: &str) -> Vec<Record> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b';')
        .from_path(dir.join(format!("{name}.asc")))
        .unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(1994, 3, 31).unwrap()
}

/// `YYMMDD`, all of the last century; none if it is not known yet.
fn day(text: &str) -> Option<NaiveDate> {
    let n: i32 = text[..6].parse().unwrap();
    let day = NaiveDate::from_ymd_opt(
        1900 + n / 10_000,
        (n / 100 % 100).unsigned_abs(),
        (n % 100).unsigned_abs(),
    );
    day.filter(|day| *day <= today())
}

fn minor(text: &str) -> i64 {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "00"));
    format!("{whole}{decimals:0<2}").parse().unwrap()
}

#[expect(clippy::too_many_lines, reason = "one file after the other")]
fn clients(dir: &Path) -> Vec<Client> {
    let districts: HashMap<String, Record> =
        read(dir, "district").into_iter().map(|d| (d["A1"].clone(), d)).collect();
    let mut clients = BTreeMap::new();
    for row in read(dir, "client") {
        let born: i32 = row["birth_number"].parse().unwrap();
        let (female, born) =
            if born / 100 % 100 > 50 { (true, born - 5000) } else { (false, born) };
        let district = &districts[&row["district_id"]];
        clients.insert(
            row["client_id"].clone(),
            Client {
                district: format!("D{}", row["district_id"]),
                region: district["A3"].clone(),
                salary: minor(&district["A11"]),
                birth: day(&format!("{born:06}")).unwrap(),
                female,
                ..Client::default()
            },
        );
    }
    let accounts: HashMap<String, Record> =
        read(dir, "account").into_iter().map(|a| (a["account_id"].clone(), a)).collect();
    let mut owner_of = HashMap::new();
    let mut holder_of = HashMap::new();
    for row in read(dir, "disp") {
        holder_of.insert(row["disp_id"].clone(), row["client_id"].clone());
        if row["type"] == "OWNER" {
            let client = clients.get_mut(&row["client_id"]).unwrap();
            client.owner = true;
            let account = &accounts[&row["account_id"]];
            client.opened = day(&account["date"]);
            if client.opened.is_some() {
                client.frequency.clone_from(&account["frequency"]);
                client.orders = Some(0);
                owner_of.insert(row["account_id"].clone(), row["client_id"].clone());
            }
        }
    }
    let mut last: HashMap<String, (NaiveDate, i64, i64)> = HashMap::new();
    for row in read(dir, "trans") {
        let (Some(at), Some(owner)) = (day(&row["date"]), owner_of.get(&row["account_id"])) else {
            continue;
        };
        let client = clients.get_mut(owner).unwrap();
        client.moved = client.moved.max(Some(at));
        client.pension |= row["k_symbol"] == "DUCHOD";
        client.household |= row["k_symbol"] == "SIPO";
        let this = (at, row["trans_id"].parse().unwrap(), minor(&row["balance"]));
        let kept = last.entry(owner.clone()).or_insert(this);
        *kept = (*kept).max(this);
    }
    for (owner, (_, _, balance)) in last {
        clients.get_mut(&owner).unwrap().aum = balance;
    }
    for row in read(dir, "order") {
        if let Some(owner) = owner_of.get(&row["account_id"]) {
            *clients.get_mut(owner).unwrap().orders.as_mut().unwrap() += 1;
        }
    }
    for row in read(dir, "loan") {
        if let (Some(_), Some(owner)) = (day(&row["date"]), owner_of.get(&row["account_id"])) {
            let loan =
                (minor(&row["amount"]), row["status"].clone(), row["duration"].parse().unwrap());
            clients.get_mut(owner).unwrap().loan = Some(loan);
        }
    }
    for row in read(dir, "card") {
        if let Some(since) = day(&row["issued"]) {
            clients.get_mut(&holder_of[&row["disp_id"]]).unwrap().card =
                Some((row["type"].clone(), since));
        }
    }
    clients.into_values().collect()
}

impl Client {
    fn age(&self) -> i32 {
        let (now, born) = (today(), self.birth);
        let before = (now.month(), now.day()) < (born.month(), born.day());
        now.year() - born.year() - i32::from(before)
    }
}

type Case = (&'static str, fn(&Client) -> bool);

/// Null is unknown: a condition over what a client does not have takes him in neither way.
const CASES: [Case; 20] = [
    ("true", |_| true),
    ("gender = 'F'", |c| c.female),
    ("age between 30 and 45", |c| (30..=45).contains(&c.age())),
    ("not age < 60 and gender <> 'F'", |c| c.age() >= 60 && !c.female),
    ("aum >= 50000", |c| c.aum >= 5_000_000),
    ("aum > 0 and aum <= 12345.60", |c| c.aum > 0 && c.aum <= 1_234_560),
    ("tier in ('mass', 'gold')", |c| c.aum >= 5_000_000),
    ("tier = 'basic' and last_active is not null", |c| c.aum < 5_000_000 && c.moved.is_some()),
    ("has_loan and loan_status in ('A', 'C')", |c| {
        c.loan.as_ref().is_some_and(|(_, status, _)| status == "A" || status == "C")
    }),
    ("not (loan_amount > 50000)", |c| {
        c.loan.as_ref().is_some_and(|(amount, ..)| *amount <= 5_000_000)
    }),
    ("loan_months >= 24 or loan_amount >= 100000", |c| {
        c.loan.as_ref().is_some_and(|(amount, _, months)| *months >= 24 || *amount >= 10_000_000)
    }),
    ("role = 'owner' and not has_loan", |c| c.owner && c.loan.is_none()),
    ("role <> 'owner'", |c| !c.owner),
    ("pension or household", |c| c.pension || c.household),
    ("household and not pension and age >= 40", |c| c.household && !c.pension && c.age() >= 40),
    ("opened_on < '1993-07-01' and statement <> 'monthly'", |c| {
        c.opened.is_some_and(|at| at < NaiveDate::from_ymd_opt(1993, 7, 1).unwrap())
            && c.frequency != "POPLATEK MESICNE"
    }),
    ("card is not null and card_since >= '1993-12-01'", |c| {
        c.card.as_ref().is_some_and(|(_, at)| *at >= NaiveDate::from_ymd_opt(1993, 12, 1).unwrap())
    }),
    ("org under 'B01' and aum > 0", |c| c.region == "Prague" && c.aum > 0),
    ("(org = 'D1' or org = 'D54') and standing_orders >= 2", |c| {
        (c.district == "D1" || c.district == "D54") && c.orders.is_some_and(|n| n >= 2)
    }),
    ("district_salary between 9000 and 9500 and standing_orders = 0", |c| {
        (900_000..=950_000).contains(&c.salary) && c.orders == Some(0)
    }),
];

#[test]
fn counts_and_sums_by_unit_agree_with_the_raw_files() {
    let Some(bank) = Bank::berka() else { return };
    let clients = clients(&berka_files().unwrap());
    assert_eq!(clients.len(), 5369);
    assert_eq!(clients.iter().map(|c| c.aum).sum::<i64>(), 3_963_810_890, "the sum of the README");
    for (rule, holds) in CASES {
        let mut expected: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        for client in clients.iter().filter(|c| holds(c)) {
            let part = expected.entry(client.district.clone()).or_default();
            *part = (part.0 + 1, part.1 + client.aum);
        }
        let args = ["segment", "count", "--by", "org", "--rule", rule];
        let counted = baton(&bank).as_("zhao.viewer").args(args).json();
        let found: BTreeMap<String, (i64, i64)> = counted["by_org"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| {
                (
                    p["org"].as_str().unwrap().to_owned(),
                    (p["count"].as_i64().unwrap(), p["aum"].as_i64().unwrap()),
                )
            })
            .collect();
        assert_eq!(found, expected, "{rule}");
        assert!(!expected.is_empty(), "{rule} tells nothing");
        assert_eq!(counted["count"].as_i64(), Some(expected.values().map(|p| p.0).sum()), "{rule}");
        assert_eq!(counted["aum"].as_i64(), Some(expected.values().map(|p| p.1).sum()), "{rule}");
        assert_eq!(counted["of"], 5369);
    }
}
