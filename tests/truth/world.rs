//! The rows of a bank as they stand, and what they tell of one customer.

use std::collections::{BTreeMap, HashMap, HashSet};

use baton::domain::attribute::AttributeType;
use baton::domain::id::{CustomerId, OrgId, StaffId};
use baton::domain::money::Minor;
use baton::domain::rule::{
    Column, EventFact, Fact, Facts, HoldingFact, Number, PlaceFact, Vocabulary,
};
use chrono::NaiveDate;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};

/// What is known of one customer.
#[derive(Debug, Default)]
struct Person {
    open: bool,
    columns: HashMap<String, Fact>,
    events: HashMap<i16, Vec<EventFact>>,
    holdings: Vec<HoldingFact>,
    consents: HashMap<String, bool>,
    contacts: Vec<NaiveDate>,
    strategies: HashSet<String>,
    lists: HashSet<(String, i32)>,
    snapshots: HashSet<i64>,
    relations: Vec<(String, i64)>,
    place: Option<PlaceFact>,
}

/// All customers of a bank.
#[derive(Debug, Default)]
pub(crate) struct World {
    people: BTreeMap<i64, Person>,
    units: HashMap<OrgId, PlaceFact>,
}

/// One customer and those he is related to.
pub(crate) struct Customer<'a> {
    world: &'a World,
    id: i64,
    person: &'a Person,
    related: Vec<(&'a str, Customer<'a>)>,
}

async fn rows(db: &mut PgConnection, sql: &str) -> Vec<PgRow> {
    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(db).await;
    rows.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

impl World {
    /// Reads all rows with plain questions, one relation after the other.
    pub(crate) async fn read(db: &mut PgConnection, vocabulary: &Vocabulary) -> Self {
        let mut world = Self::default();
        world.customers_of(db).await;
        world.attributes_of(db, vocabulary).await;
        world.records_of(db).await;
        world.lists_of(db, vocabulary.bank().as_of).await;
        world
    }

    /// Everyone, the closed too.
    pub(crate) fn customers(&self) -> Vec<CustomerId> {
        self.people.keys().map(|id| CustomerId(*id)).collect()
    }

    /// One of them.
    pub(crate) fn customer(&self, id: CustomerId) -> Customer<'_> {
        let mut customer = self.alone(id.0);
        customer.related = customer
            .person
            .relations
            .iter()
            .filter(|(_, other)| self.people.get(other).is_some_and(|other| other.open))
            .map(|(kind, other)| (kind.as_str(), self.alone(*other)))
            .collect();
        customer
    }

    fn alone(&self, id: i64) -> Customer<'_> {
        Customer { world: self, id, person: &self.people[&id], related: Vec::new() }
    }

    fn person(&mut self, row: &PgRow) -> Option<&mut Person> {
        self.people.get_mut(&row.get::<i64, _>("customer_id"))
    }

    async fn customers_of(&mut self, db: &mut PgConnection) {
        let all = "select customer_id, org_id, rm_id, opened_on, birth_date, gender, aum, no_contact, closed_on
                   from baton.customer";
        for row in rows(db, all).await {
            let mut columns = HashMap::new();
            let mut add = |code: &str, fact: Option<Fact>| {
                if let Some(fact) = fact {
                    columns.insert(code.to_owned(), fact);
                }
            };
            add("org", row.get::<Option<i32>, _>("org_id").map(|id| Fact::Unit(OrgId(id))));
            add("rm", row.get::<Option<i32>, _>("rm_id").map(|id| Fact::Staff(StaffId(id))));
            add("opened_on", row.get::<Option<_>, _>("opened_on").map(Fact::Date));
            add("birth_date", row.get::<Option<_>, _>("birth_date").map(Fact::Date));
            add("gender", row.get::<Option<_>, _>("gender").map(Fact::Category));
            add("aum", row.get::<Option<_>, _>("aum").map(|aum| Fact::Money(Minor(aum))));
            add("no_contact", row.get::<Option<_>, _>("no_contact").map(Fact::Flag));
            let open = row.get::<Option<NaiveDate>, _>("closed_on").is_none();
            let person = Person { open, columns, ..Person::default() };
            self.people.insert(row.get("customer_id"), person);
        }
    }

    async fn attributes_of(&mut self, db: &mut PgConnection, vocabulary: &Vocabulary) {
        for attribute in vocabulary.attributes() {
            let (code, relation) = (&attribute.code, attribute.relation.quoted());
            let column = attribute.column.replace('"', "\"\"");
            let all = format!("select customer_id, \"{column}\"::text as value from {relation}");
            for row in rows(db, &all).await {
                let Some(text) = row.get::<Option<String>, _>("value") else { continue };
                let fact = match attribute.kind {
                    AttributeType::Flag => Fact::Flag(text == "true"),
                    AttributeType::Category => Fact::Category(text),
                    AttributeType::Number => Fact::Number(Number::parse(&text).unwrap()),
                    AttributeType::Money => Fact::Money(Minor(text.parse().unwrap())),
                    AttributeType::Date => Fact::Date(text.parse().unwrap()),
                };
                if let Some(person) = self.person(&row) {
                    person.columns.insert(code.clone(), fact);
                }
            }
        }
    }

    async fn records_of(&mut self, db: &mut PgConnection) {
        for row in rows(db, "select customer_id, kind, at, amount, detail from baton.event").await {
            let amount = row.get::<Option<i64>, _>("amount").map(Minor);
            let event = EventFact { at: row.get("at"), amount, detail: row.get("detail") };
            if let Some(person) = self.person(&row) {
                person.events.entry(row.get("kind")).or_default().push(event);
            }
        }
        for row in rows(db, "select customer_id, product, day, amount from baton.holding").await {
            let (product, day) = (row.get("product"), row.get("day"));
            let amount = Minor(row.get("amount"));
            if let Some(person) = self.person(&row) {
                person.holdings.push(HoldingFact { product, day, amount });
            }
        }
        for row in rows(db, "select customer_id, channel, given from baton.consent").await {
            if let Some(person) = self.person(&row) {
                person.consents.insert(row.get("channel"), row.get("given"));
            }
        }
        for row in rows(db, "select customer_id, kind, other_id from baton.relation").await {
            if let Some(person) = self.person(&row) {
                person.relations.push((row.get("kind"), row.get("other_id")));
            }
        }
        for row in rows(db, "select customer_id, lat, lon from baton.location").await {
            if let Some(person) = self.person(&row) {
                person.place = Some(PlaceFact { lat: row.get("lat"), lon: row.get("lon") });
            }
        }
        for row in rows(db, "select id, lat, lon from baton.org_unit where lat is not null").await {
            let place = PlaceFact { lat: row.get("lat"), lon: row.get("lon") };
            self.units.insert(OrgId(row.get("id")), place);
        }
    }

    async fn lists_of(&mut self, db: &mut PgConnection, as_of: NaiveDate) {
        let pushed = "select m.customer_id, m.arm, p.strategy, p.as_of, p.deadline
                      from baton.push p, baton.plan_member m where m.home = p.home and m.plan_id = p.plan_id";
        for row in rows(db, pushed).await {
            let Some(arm) = row.get::<Option<String>, _>("arm") else { continue };
            let live = row.get::<NaiveDate, _>("deadline") >= as_of;
            let Some(person) = self.person(&row) else { continue };
            if live {
                person.strategies.insert(row.get("strategy"));
            }
            if arm == "treated" {
                person.contacts.push(row.get("as_of"));
            }
        }
        for row in rows(db, "select customer_id, snapshot_id from baton.segment_member").await {
            if let Some(person) = self.person(&row) {
                person.snapshots.insert(row.get("snapshot_id"));
            }
        }
        let listed = "select m.customer_id, u.code, u.upload
                      from baton.list_upload u, baton.list_member m where m.list_id = u.list_id";
        for row in rows(db, listed).await {
            if let Some(person) = self.person(&row) {
                person.lists.insert((row.get("code"), row.get("upload")));
            }
        }
    }
}

impl Facts for Customer<'_> {
    fn column(&self, column: &Column) -> Option<Fact> {
        match column {
            Column::CustomerId => Some(Fact::Number(Number::from(self.id))),
            column => self.person.columns.get(column.code()).cloned(),
        }
    }

    fn events(&self, kind: i16) -> Vec<EventFact> {
        self.person.events.get(&kind).cloned().unwrap_or_default()
    }

    fn holdings(&self) -> Vec<HoldingFact> {
        self.person.holdings.clone()
    }

    fn consent(&self, channel: &str) -> Option<bool> {
        self.person.consents.get(channel).copied()
    }

    fn contacts(&self) -> Vec<NaiveDate> {
        self.person.contacts.clone()
    }

    fn in_strategy(&self, code: &str) -> bool {
        self.person.strategies.contains(code)
    }

    fn in_list(&self, code: &str, upload: i32) -> bool {
        self.person.lists.contains(&(code.to_owned(), upload))
    }

    fn in_snapshot(&self, id: i64) -> bool {
        self.person.snapshots.contains(&id)
    }

    fn related(&self, kind: &str) -> Vec<&dyn Facts> {
        let of_kind = self.related.iter().filter(|(known, _)| *known == kind);
        of_kind.map(|(_, other)| other as &dyn Facts).collect()
    }

    fn place(&self) -> Option<PlaceFact> {
        self.person.place
    }

    fn unit_place(&self, unit: OrgId) -> Option<PlaceFact> {
        self.world.units.get(&unit).copied()
    }
}
