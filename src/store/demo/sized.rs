//! The demo bank in the sizes that a bench needs, made by the database itself.
//!
//! `sized.sql` draws every row from the customer's number, chunk by chunk in one transaction; here stands the order of
//! the steps. The rows go past the import's staging and its checks, since the generator is its own, and past the keys,
//! which are made at the end; what is small goes the import's way.

use serde_json::{Map, Value, json};
use sqlx::{Connection as _, PgConnection};

use super::attributes::{Attribute, DICTIONARY};
use super::holdings::{PRODUCTS, TIER_TARGETS};
use super::metrics::{MEANINGS, METRICS};
use super::size::{Shape, Size};
use super::{events, people, story, units, write};
use crate::domain::attribute::{AttributeType, Class};
use crate::store::import::{Destination, ImportError, NewAttribute, Setup};

/// How many have left in eighteen months, in parts per million of those who are there: 1.5 % a year.
const LEFT_PPM: i64 = 22_500;

/// Flags of a sized bank; with twelve numbers and two categories they fill two relations.
const FLAGS: usize = 100;
/// The attributes of the small bank's dictionary, besides its flags, that a sized bank has too.
const OTHERS: [&str; 14] = [
    "job",
    "risk_level",
    "nps",
    "products_held",
    "logins_90d",
    "complaints_12m",
    "points",
    "churn_score",
    "deposit_balance",
    "demand_balance",
    "time_balance",
    "fund_balance",
    "wmp_balance",
    "outflow_30d",
];
/// What a customer did with a product: the flags besides those of the small bank, as code and both names.
const DEEDS: [(&str, &str, &str); 6] = [
    ("viewed", "浏览过", "Viewed"),
    ("asked", "咨询过", "Asked about"),
    ("bought", "购买过", "Bought"),
    ("left", "退出过", "Left"),
    ("wants", "有意向", "Wants"),
    ("declined", "拒绝过", "Declined"),
];
const WARES: [(&str, &str, &str); 15] = [
    ("fund", "基金", "funds"),
    ("wmp", "理财", "wealth products"),
    ("time", "定期", "time deposits"),
    ("gold", "积存金", "gold"),
    ("annuity", "年金险", "annuities"),
    ("health", "健康险", "health insurance"),
    ("pension", "养老产品", "pension products"),
    ("bond", "国债", "treasury bonds"),
    ("trust", "信托", "trusts"),
    ("fx", "外汇", "foreign exchange"),
    ("card", "信用卡", "credit cards"),
    ("mortgage", "房贷", "mortgages"),
    ("car", "车贷", "car loans"),
    ("cash_loan", "消费贷", "consumer loans"),
    ("acquiring", "收单", "acquiring"),
];
/// Branches after the small bank's eight.
const MORE_BRANCHES: [&str; 32] = [
    "望城",
    "安平",
    "清源",
    "长宁",
    "永和",
    "太和",
    "金沙",
    "银川路",
    "龙泉",
    "凤台",
    "青山",
    "白云",
    "红旗",
    "绿洲",
    "紫金",
    "黄河",
    "松江",
    "柏林",
    "梅州路",
    "兰溪",
    "竹山",
    "菊园",
    "桃源",
    "杏林",
    "嘉定路",
    "德清",
    "义安",
    "仁和",
    "礼泉",
    "智谷",
    "信阳路",
    "诚信",
];
/// Sub-branches of each, after the branch's own house.
const STREETS: [&str; 24] = [
    "中山路",
    "人民路",
    "解放路",
    "建设路",
    "和平路",
    "新华路",
    "文化路",
    "胜利路",
    "光明路",
    "友谊路",
    "长江路",
    "黄山路",
    "泰山路",
    "学府路",
    "科技路",
    "创新路",
    "滨河路",
    "湖东路",
    "湖西路",
    "车站",
    "市场",
    "广场",
    "新城",
    "老街",
];

/// How far [`load`] is: `done` of `all` steps, and what is written now; nothing for keys and counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Steps that are over.
    pub done: u64,
    /// All steps.
    pub all: u64,
    /// What is being written.
    pub target: Option<Destination>,
}

/// Makes the bank of this size and shape in an empty database, all or nothing, and gives the rows by destination. `db` is a member
/// of `baton_owner`.
///
/// # Errors
/// [`ImportError::Running`] if an import is under way, or the database's.
pub async fn load(
    db: &mut PgConnection,
    size: Size,
    shape: Shape,
    mut progress: impl FnMut(Step),
) -> Result<Vec<(Destination, u64)>, ImportError> {
    let Shape { customers, chunk, .. } = shape;
    let left = customers * LEFT_PPM / 1_000_000;
    // Those who have left come after the bank's customers, in a chunk of their own.
    let chunks = (0..customers / chunk).map(|n| (n * chunk + 1, (n + 1) * chunk));
    let chunks: Vec<_> = chunks.chain([(customers + 1, customers + left)]).collect();
    let steps = BEFORE.len() + KEYS.len() + AFTER.len() + COUNTED.len();
    let (mut done, all) = (0, (chunks.len() * (CHUNK.len() + 1) + steps) as u64);
    let mut tell = |target| {
        progress(Step { done, all, target });
        done += 1;
    };
    sqlx::raw_sql(SESSION).execute(&mut *db).await?;
    let mut transaction = db.begin().await?;
    sqlx::query("set local role baton_owner").execute(&mut *transaction).await?;
    sqlx::raw_sql(include_str!("sized.sql")).execute(&mut *transaction).await?;
    describe(&mut transaction, size, shape).await?;
    for (target, sql) in BEFORE {
        tell(Some(target));
        sqlx::query(sql).execute(&mut *transaction).await?;
    }
    for (first, last) in chunks {
        tell(Some(Destination::Customer));
        let draw = sqlx::query("select pg_temp.draw($1, $2)").bind(first).bind(last);
        draw.execute(&mut *transaction).await?;
        for (target, sql) in CHUNK {
            tell(Some(target));
            sqlx::query(sql).execute(&mut *transaction).await?;
        }
    }
    for sql in KEYS {
        tell(None);
        sqlx::query(sql).execute(&mut *transaction).await?;
    }
    for (target, sql) in AFTER {
        tell(Some(target));
        sqlx::query(sql).execute(&mut *transaction).await?;
    }
    let loaded: Value =
        sqlx::query_scalar("select pg_temp.finish()").fetch_one(&mut *transaction).await?;
    transaction.commit().await?;
    sqlx::query("set role baton_owner").execute(&mut *db).await?;
    for sql in COUNTED {
        tell(None);
        sqlx::query(sql).execute(&mut *db).await?;
    }
    sqlx::query("reset role").execute(&mut *db).await?;
    let count = |d: Destination| Some((d, loaded.get(d.code())?.as_u64()?));
    Ok(Destination::ALL.into_iter().filter_map(count).collect())
}

/// Nobody waits in a console for this connection, and the server must not go on for a program that died.
const SESSION: &str = "set statement_timeout = 0; set idle_in_transaction_session_timeout = 0;
    set client_connection_check_interval = '2s'; set work_mem = '128MB'; set maintenance_work_mem = '512MB';
    set temp_buffers = '128MB'; set jit = off; set check_function_bodies = off";

/// What comes before the customers.
const BEFORE: [(Destination, &str); 3] = [
    (
        Destination::OrgUnit,
        "select pg_temp.prepare(), pg_temp.fill_units(), baton.apply_bank(run), baton.apply_units(run) from run",
    ),
    (
        Destination::Staff,
        "select baton.apply_staff(run), baton.apply_attributes(run), pg_temp.make_homes() from run",
    ),
    (
        Destination::Product,
        "select pg_temp.fill_reference(), baton.apply_products(run), baton.apply_tier_targets(), baton.apply_metrics(run) from run",
    ),
];

/// What is made of each chunk of customers. Events come before the numbers, one of which is what was moved out.
const CHUNK: [(Destination, &str); 6] = [
    (Destination::Customer, "select pg_temp.fill_customers(customer) from home"),
    (Destination::Customer, "select pg_temp.fill_flags(flags) from home"),
    (Destination::Event, "select pg_temp.fill_events()"),
    (Destination::Customer, "select pg_temp.fill_numbers(numbers) from home"),
    (Destination::Holding, "select pg_temp.fill_holdings()"),
    (Destination::Location, "select pg_temp.fill_contacts(), pg_temp.count_chunk()"),
];

/// Keys come when the rows stand: a row that is put into a tree costs several times as much as one that is sorted.
const KEYS: [&str; 7] = [
    "alter table baton.event add primary key (customer_id, at, kind, ref)",
    "create index event_by_kind on baton.event (kind, at) include (customer_id, amount, org_id)",
    "alter table baton.holding add primary key (customer_id, product, day)",
    "alter table baton.consent add primary key (customer_id, channel)",
    "alter table baton.relation add primary key (customer_id, kind, other_id)",
    "alter table baton.location add primary key (customer_id)",
    "select pg_temp.key_homes()",
];

/// What is summed over the customers.
const AFTER: [(Destination, &str); 2] = [
    (Destination::MetricFact, "select pg_temp.fill_facts(), baton.apply_facts(run) from run"),
    (Destination::Target, "select baton.apply_targets(run) from run"),
];

/// After the commit relations are counted for the planner and their pages marked as seen by all; then the attributes'
/// values are measured.
const COUNTED: [&str; 10] = [
    "vacuum (analyze) baton.customer",
    "vacuum (analyze) baton.attr_1",
    "vacuum (analyze) baton.attr_2",
    "vacuum (analyze) baton.event",
    "vacuum (analyze) baton.holding",
    "vacuum (analyze) baton.consent",
    "vacuum (analyze) baton.relation",
    "vacuum (analyze) baton.location",
    "vacuum (analyze) baton.metric_fact",
    "select baton.attribute_refresh()",
];

const SURNAMES: &str =
    "insert into surname select n - 1, name from unnest($1) with ordinality as a (name, n)";
const GIVEN: &str =
    "insert into given select n - 1, name from unnest($1) with ordinality as a (name, n)";

/// Tells the session what bank it is: its size, its words, and the run as `baton.import_apply` would have it.
async fn describe(db: &mut PgConnection, size: Size, shape: Shape) -> Result<(), ImportError> {
    let Shape { customers, branches, subs, .. } = shape;
    let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let small = units::BRANCHES.iter().map(|branch| branch.name.trim_end_matches("分行"));
    let names: Vec<String> = small.chain(MORE_BRANCHES).map(str::to_owned).collect();
    let mut streets = texts(&STREETS);
    streets.insert(0, String::new());
    let story = [&[story::BRANCH][..], &story::SUB_BRANCHES].concat();
    let (surnames, given) = (people::surnames(), people::given_names());
    let count = |names: &[String]| i32::try_from(names.len()).unwrap_or(i32::MAX);
    sqlx::query("insert into size values ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
        .bind(customers)
        .bind(branches)
        .bind(subs)
        .bind(story::as_of())
        .bind(texts(&story))
        .bind(names)
        .bind(streets)
        .bind(count(&surnames))
        .bind(count(&given))
        .execute(&mut *db)
        .await?;
    for (into, names) in [(SURNAMES, surnames), (GIVEN, given)] {
        sqlx::query(into).bind(names).execute(&mut *db).await?;
    }
    sqlx::query("insert into run values ($1)").bind(run(size)).execute(&mut *db).await?;
    Ok(())
}

/// The run, with the small tables' rows for `pg_temp.fill_reference`.
fn run(size: Size) -> Value {
    let attributes = attributes();
    let columns: Map<String, Value> = [
        ("org_unit", json!(["code", "parent", "kind", "name", "class", "lat", "lon"])),
        ("staff", json!(["code", "org", "name", "role", "capacity"])),
        ("customer", attributes.iter().map(|a| a.code.clone()).collect()),
        ("product", json!(["code", "zh", "en", "class", "risk"])),
        ("metric", json!(["code", "zh", "en", "kind", "unit", "formula"])),
    ]
    .map(|(target, columns)| (target.to_owned(), columns))
    .into_iter()
    .collect();
    let setup = Setup {
        bank: write::bank(size.bank()),
        tiers: Some(write::tiers()),
        attributes,
        means: write::means(),
        source: format!("demo {}", size.code()),
    };
    let mut run = setup.as_run(&columns, &Map::new(), false);
    run["kinds"] = json!(events::KINDS);
    run["products"] =
        PRODUCTS.iter().map(|p| json!([p.code, p.zh, p.en, p.class, p.risk])).collect();
    run["mix"] = TIER_TARGETS.iter().map(|(tier, class, ppm)| json!([tier, class, ppm])).collect();
    run["meanings"] = json!(MEANINGS);
    run["metrics"] = METRICS
        .iter()
        .map(|m| json!([m.code, m.zh, m.en, m.kind, m.money.then_some("money"), m.formula]))
        .collect();
    run
}

/// The dictionary of a sized bank: a hundred flags, which fill the first relation, and what else is drawn.
fn attributes() -> Vec<NewAttribute> {
    let is_flag = |a: &&Attribute| a.kind == AttributeType::Flag;
    let deeds = DEEDS.iter().flat_map(|(deed, deed_zh, deed_en)| {
        WARES.iter().map(move |(ware, zh, en)| NewAttribute {
            code: format!("{deed}_{ware}"),
            kind: AttributeType::Flag,
            zh: format!("{deed_zh}{zh}"),
            en: format!("{deed_en} {en}"),
            source: Some("model".to_owned()),
            unit: None,
            owner: None,
            definition: None,
            class: Some(Class::C1),
            labels: Vec::new(),
        })
    });
    let flags = DICTIONARY.iter().filter(is_flag).map(write::as_new).chain(deeds).take(FLAGS);
    let others = DICTIONARY.iter().filter(|a| OTHERS.contains(&a.code)).map(write::as_new);
    flags.chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sized_bank_has_the_promised_attributes_and_a_name_for_each_unit() {
        let run = run(Size::Large);
        let attributes = run["attributes"].as_array().unwrap();
        let of = |kind: &str| attributes.iter().filter(|a| a["type"] == kind).count();
        assert_eq!((of("flag"), of("number") + of("money"), of("category")), (100, 12, 2));
        let codes: std::collections::HashSet<_> =
            attributes.iter().map(|a| a["code"].to_string()).collect();
        assert_eq!(codes.len(), attributes.len());
        let Shape { branches, subs, .. } = Size::Large.shape();
        assert_eq!(usize::try_from(branches).unwrap(), units::BRANCHES.len() + MORE_BRANCHES.len());
        assert_eq!(usize::try_from(subs).unwrap(), 1 + STREETS.len());
        assert_eq!(i64::from(branches * subs), 1000);
    }

    #[test]
    fn each_size_is_known_by_its_banks_name() {
        for size in Size::ALL {
            assert_eq!(Size::of_bank(size.bank()), Some(size));
        }
        assert_eq!(Size::of_bank("Česká banka"), None);
    }
}
