//! What customers hold, what they allow, whom they know and where they are: the targets of the import beside the
//! bank's tree, its customers and their events.
#![expect(clippy::disallowed_methods, reason = "tests read the reject file")]

mod support;

use baton::store::cluster::INTERNAL;
use support::Bank;
use support::files::{EVENTS, Files, content};

const FILES: &str = r#"
[[file]]
name = "product"
path = "products.csv"
[[file]]
name = "holding"
path = "holdings.csv"
[[file]]
name = "mix"
path = "mix.csv"
[[file]]
name = "consent"
path = "consents.csv"
[[file]]
name = "relation"
path = "relations.csv"
[[file]]
name = "location"
path = "locations.csv"
"#;

const LOADS: &str = r#"
[means]
complaint = ["c1", "c2"]
[[load]]
into = "product"
sql = "select * from raw.product"
[[load]]
into = "holding"
sql = "select customer as customer_id, product, day, amount, class from raw.holding"
[[load]]
into = "tier_target"
sql = "select * from raw.mix"
[[load]]
into = "consent"
sql = "select customer as customer_id, channel, given, since from raw.consent"
[[load]]
into = "relation"
sql = "select customer as customer_id, kind, other from raw.relation"
[[load]]
into = "location"
sql = "select customer as customer_id, lat, lon from raw.location"
"#;

const UNITS: &str = "code,parent,kind,name,lat,lon\nHQ,,hq,总行,,\nB1,HQ,branch,南城分行,,\n\
    S1,B1,subbranch,前门支行,39.899,116.392\nS2,B1,subbranch,天桥支行,39.88,116.39\n";
const PRODUCTS: &str =
    "code,zh,en,class,risk\ntime,定期存款,Time deposit,fixed,\ndemand,活期存款,,cash,R1\n";
const HOLDINGS: &str = "customer,product,day,amount,class\n1,demand,2026-05-01,90.50,\n1,demand,2026-06-15,100.50,\n\
    1,fund,2026-01-31,7,equity\n1,fund,2026-03-31,0,equity\n3,demand,2026-06-01,-5,\n";
const MIX: &str =
    "tier,class,share\ngold,cash,0.25\ngold,fixed,0.5\ngold,equity,0.25\nmass,cash,1\n";
const CONSENTS: &str =
    "customer,channel,given,since\n1,phone,1,2026-01-05\n1,sms,f,\n3,phone,true,2025-12-31\n";
const RELATIONS: &str = "customer,kind,other\n1,family,2\n2,family,1\n3,employer,1\n";
const LOCATIONS: &str = "customer,lat,lon\n1,39.9,116.4\n2,-33.8688,151.2093\n";

/// The small bank with a file for each of the targets.
fn files() -> Files {
    let small = Files::small();
    let manifest = std::fs::read_to_string(small.dir().join("baton-import.toml"))
        .unwrap_or_else(|error| panic!("the small bank has a manifest: {error}"));
    small
        .put("baton-import.toml", manifest + FILES + LOADS)
        .put("units.csv", UNITS)
        .put("events.csv", EVENTS)
        .put("products.csv", PRODUCTS)
        .put("holdings.csv", HOLDINGS)
        .put("mix.csv", MIX)
        .put("consents.csv", CONSENTS)
        .put("relations.csv", RELATIONS)
        .put("locations.csv", LOCATIONS)
}

fn holdings(bank: &Bank) -> Vec<Vec<String>> {
    bank.sql(
        "zhao.viewer",
        "select h.customer_id, p.code, h.day, nullif(h.until, 'infinity'), h.amount, u.code from baton.holding h
         join baton.product p on p.id = h.product join baton.org_unit u on u.id = h.org_id order by 1, 2, 3",
    )
}

#[test]
fn each_target_comes_in_and_the_second_time_changes_nothing() {
    let (bank, files) = (Bank::empty(), files());
    let answer = files.import(&bank, &[]).json();
    let counts = |key: &str| {
        let of = |target: &str| answer[key][target].as_i64().unwrap();
        ["product", "holding", "tier_target", "consent", "relation", "location"].map(of)
    };
    assert_eq!(counts("loaded"), [2, 5, 4, 3, 3, 2]);
    assert_eq!(counts("rejected"), [0; 6]);
    let sql = |query: &str| bank.sql("zhao.viewer", query);
    assert_eq!(
        sql("select code, zh, en, class from baton.product order by code"),
        [
            ["demand", "活期存款", "demand", "cash"],
            ["fund", "fund", "fund", "equity"],
            ["time", "定期存款", "Time deposit", "fixed"]
        ]
    );
    assert_eq!(
        holdings(&bank),
        [
            ["1", "demand", "2026-05-01", "2026-06-15", "9050", "S1"],
            ["1", "demand", "2026-06-15", "", "10050", "S1"],
            ["1", "fund", "2026-01-31", "2026-03-31", "700", "S1"],
            ["1", "fund", "2026-03-31", "", "0", "S1"],
            ["3", "demand", "2026-06-01", "", "-500", "S2"],
        ]
    );
    assert_eq!(
        sql("select tier, class, share from baton.tier_target order by 1, 2"),
        [
            ["gold", "cash", "0.250000"],
            ["gold", "equity", "0.250000"],
            ["gold", "fixed", "0.500000"],
            ["mass", "cash", "1.000000"]
        ]
    );
    assert_eq!(
        sql("select customer_id, channel, given, since from baton.consent order by 1, 2"),
        [
            ["1", "phone", "t", "2026-01-05"],
            ["1", "sms", "f", ""],
            ["3", "phone", "t", "2025-12-31"]
        ]
    );
    assert_eq!(
        sql("select customer_id, kind, other_id from baton.relation order by 1, 2"),
        [["1", "family", "2"], ["2", "family", "1"], ["3", "employer", "1"]]
    );
    assert_eq!(
        sql("select customer_id, lat, lon from baton.location order by 1"),
        [["1", "39.9", "116.4"], ["2", "-33.8688", "151.2093"]]
    );
    assert_eq!(
        sql("select code, lat, lon from baton.org_unit where lat is not null order by 1"),
        [["S1", "39.899", "116.392"], ["S2", "39.88", "116.39"]]
    );
    let before = content(&bank);
    assert_eq!(files.import(&bank, &[]).json(), answer);
    assert_eq!(content(&bank), before);
    let noted = bank.sql(
        "sun.auditor",
        "select detail -> 'loaded' ->> 'holding' from baton.audit where action = 'import.apply'",
    );
    assert_eq!(noted, [["5"], ["5"]]);
}

#[test]
fn balances_are_corrected_and_put_between_without_breaking_the_line() {
    let (bank, files) = (Bank::empty(), files());
    files.import(&bank, &[]).json();
    // Customer 1 moves to the other sub-branch; a day between, one before all, one corrected, one after all.
    let files = files.change("customers.csv", "1,S1", "1,S2").put(
        "holdings.csv",
        "customer,product,day,amount,class\n1,demand,2026-05-20,95,\n1,demand,2026-04-01,80,\n\
         1,demand,2026-06-15,101,\n1,fund,2026-06-30,3,equity\n",
    );
    files.import(&bank, &[]).json();
    let expected = [
        ["1", "demand", "2026-04-01", "2026-05-01", "8000", "S2"],
        ["1", "demand", "2026-05-01", "2026-05-20", "9050", "S2"],
        ["1", "demand", "2026-05-20", "2026-06-15", "9500", "S2"],
        ["1", "demand", "2026-06-15", "", "10100", "S2"],
        ["1", "fund", "2026-01-31", "2026-03-31", "700", "S2"],
        ["1", "fund", "2026-03-31", "2026-06-30", "0", "S2"],
        ["1", "fund", "2026-06-30", "", "300", "S2"],
        ["3", "demand", "2026-06-01", "", "-500", "S2"],
    ];
    assert_eq!(holdings(&bank), expected);
    let before = content(&bank);
    files.import(&bank, &[]).json();
    assert_eq!(content(&bank), before);
}

#[test]
fn what_a_customer_is_now_is_replaced_and_a_tiers_mix_is_whole() {
    let (bank, files) = (Bank::empty(), files());
    files.import(&bank, &[]).json();
    let files = files
        .change("customers.csv", "1,S1", "1,S2")
        .put("products.csv", "code,class\ntime,cash\n")
        .put("mix.csv", "tier,class,share\ngold,cash,0.4\ngold,insurance,0.6\n")
        .put("consents.csv", "customer,channel,given\n1,phone,0\n1,visit,1\n")
        .change("baton-import.toml", "channel, given, since", "channel, given")
        .put("relations.csv", "customer,kind,other\n1,family,4\n")
        .put("locations.csv", "customer,lat,lon\n1,39.95,116.4\n");
    files.import(&bank, &[]).json();
    let sql = |query: &str| bank.sql(INTERNAL, query);
    assert_eq!(
        sql("select code, zh, class from baton.product order by code")[2],
        ["time", "定期存款", "cash"],
        "what does not come stays"
    );
    assert_eq!(
        sql("select tier, class, share from baton.tier_target order by 1, 2"),
        [
            ["gold", "cash", "0.400000"],
            ["gold", "insurance", "0.600000"],
            ["mass", "cash", "1.000000"]
        ]
    );
    assert_eq!(
        sql("select customer_id, channel, given, since, u.code from baton.consent
             join baton.org_unit u on u.id = org_id order by 1, 2"),
        [
            ["1", "phone", "f", "2026-01-05", "S2"],
            ["1", "sms", "f", "", "S2"],
            ["1", "visit", "t", "", "S2"],
            ["3", "phone", "t", "2025-12-31", "S2"]
        ]
    );
    assert_eq!(
        sql("select customer_id, kind, other_id from baton.relation order by 1"),
        [["1", "family", "4"], ["3", "employer", "1"]],
        "of the kind that came, what no longer comes is over"
    );
    assert_eq!(
        sql(
            "select customer_id, l.lat, u.code from baton.location l join baton.org_unit u on u.id = org_id order by 1"
        ),
        [["1", "39.95", "S2"], ["2", "-33.8688", "S1"]]
    );
    // Tiers of the bank's own: a mix of a tier that is no more goes with it.
    let tiers = "[[tier]]\ncode = \"low\"\nzh = \"低\"\nen = \"Low\"\n[[tier]]\ncode = \"gold\"\nzh = \"金\"\nen = \"Gold\"\nfrom = 10\n";
    let manifest = std::fs::read_to_string(files.dir().join("baton-import.toml")).unwrap();
    files.put("baton-import.toml", manifest + tiers).import(&bank, &[]).json();
    assert_eq!(sql("select distinct tier from baton.tier_target"), [["gold"]]);
}

#[test]
fn each_bad_row_says_why() {
    let bank = Bank::empty();
    files().import(&bank, &[]).json();
    let before = content(&bank);
    let units = "S3,B1,subbranch,三,91,1\nS4,B1,subbranch,四,1,\nS5,B1,subbranch,五,,1\n";
    let bad = files()
        .put("units.csv", UNITS.to_owned() + units)
        .put(
            "holdings.csv",
            HOLDINGS.to_owned()
                + "1,fund,2026-04-01,1,cash\n1,fund,2026-03-31,1,\n9,fund,2026-03-31,1,\n\
              1,,2026-03-31,1,\n1,fund,2026-02-30,1,\n1,fund,2026-02-01,1.005,\n",
        )
        .put("mix.csv", MIX.to_owned() + "mass,fixed,1.5\nsilver,fixed,0\nmass,cash,0\n")
        .put("consents.csv", CONSENTS.to_owned() + "2,sms,ja,\n1,sms,1,\n")
        .put("relations.csv", RELATIONS.to_owned() + "2,family,2\n2,family,7\n2,family,1\n")
        .put("locations.csv", LOCATIONS.to_owned() + "3,0,-180.5\n3,,0\n");
    let answer = bad.import(&bank, &["--max-rejects", "1", "--dry-run"]).json();
    let path = answer["reject_file"].as_str().unwrap();
    assert_eq!(
        std::fs::read_to_string(path).unwrap(),
        "load,ordinal,column,value,reason\n\
         org_unit,5,lat,91,not a latitude from -90 to 90 degrees\n\
         org_unit,6,lat,1,latitude and longitude come together\n\
         org_unit,7,lon,1,latitude and longitude come together\n\
         holding,8,customer_id,9,no such customer\n\
         holding,9,product,,a value must be there\n\
         holding,10,day,2026-02-30,not a date (YYYY-MM-DD)\n\
         holding,11,amount,1.005,more decimals than the currency's 2\n\
         holding,6,class,cash,the product came with another class before\n\
         holding,7,\"customer_id, product, day\",\"1, fund, 2026-03-31\",the key came before\n\
         tier_target,5,share,1.5,not a share from 0 to 1 with at most six decimals\n\
         tier_target,6,tier,silver,no such tier\n\
         tier_target,7,\"tier, class\",\"mass, cash\",the key came before\n\
         consent,4,given,ja,neither true nor false\n\
         consent,5,\"customer_id, channel\",\"1, sms\",the key came before\n\
         relation,4,other,2,a customer is not related to himself\n\
         relation,5,other,7,no such customer\n\
         relation,6,\"customer_id, kind, other\",\"2, family, 1\",the key came before\n\
         location,3,lon,-180.5,not a longitude from -180 to 180 degrees\n\
         location,4,lat,,a value must be there\n"
    );
    assert_eq!(answer["loaded"]["holding"], 5, "read is loaded and rejected");
    assert_eq!(answer["rejected"]["holding"], 6);
    assert_eq!(content(&bank), before);
}

#[test]
fn a_mix_must_add_up() {
    let (bank, files) =
        (Bank::empty(), files().put("mix.csv", "tier,class,share\ngold,cash,0.4\n"));
    let empty = content(&bank);
    let said = files.import(&bank, &[]).refused();
    assert!(said.contains("a tier's target shares must add up to 1, but gold: 0.4"), "{said}");
    assert_eq!(content(&bank), empty, "nothing of the import is there");
    let said = files.import(&bank, &["--lang", "zh-CN"]).refused();
    assert!(said.contains("目标配置"), "{said}");
    // A third is no decimal number: what six decimals leave over is forgiven.
    let thirds =
        "tier,class,share\ngold,cash,0.333333\ngold,fixed,0.333333\ngold,equity,0.333333\n";
    files.put("mix.csv", thirds).import(&bank, &[]).json();
}

#[test]
fn an_operator_reads_these_and_writes_none() {
    let bank = Bank::empty();
    files().import(&bank, &[]).json();
    for table in ["product", "holding", "tier_target", "consent", "relation", "location"] {
        let count = bank.sql("li.strategist", &format!("select count(*) > 0 from baton.{table}"));
        assert_eq!(count, [["t"]], "{table}");
        for statement in [format!("delete from baton.{table}"), format!("truncate baton.{table}")] {
            assert_eq!(bank.refuses("li.strategist", &statement), "42501", "{statement}");
        }
    }
}

/// What a manifest says of its words stays until one says otherwise; a risk level must be a word of the dictionary.
#[test]
fn a_manifest_says_what_its_words_mean() {
    let (bank, files) = (Bank::empty(), files());
    files.import(&bank, &[]).json();
    let manifest = std::fs::read_to_string(files.dir().join("baton-import.toml"))
        .unwrap_or_else(|error| panic!("there is a manifest: {error}"));
    let means = |words: &str| manifest.replace("complaint = [\"c1\", \"c2\"]", words);
    let stands = || bank.sql("zhao.viewer", "select word, code from baton.meaning order by 1, 2");
    assert_eq!(stands(), [["complaint", "c1"], ["complaint", "c2"]]);
    let risks = "select code, risk from baton.product where risk is not null order by code";
    assert_eq!(bank.sql("zhao.viewer", risks), [["demand", "1"]]);
    let files = files.put("baton-import.toml", means("complaint_closed = [\"done\"]"));
    files.import(&bank, &[]).json();
    assert_eq!(stands(), [["complaint", "c1"], ["complaint", "c2"], ["complaint_closed", "done"]]);
    let files =
        files.put("baton-import.toml", means("complaint = [\"c2\"]\nrisk_level = \"level\""));
    let said = files.import(&bank, &[]).refused();
    assert!(said.contains("level cannot be the risk level"), "{said}");
    let level =
        "[[attribute]]\ncode = \"level\"\ntype = \"category\"\nzh = \"等级\"\nen = \"Level\"\n";
    let files = files
        .put("baton-import.toml", means("complaint = [\"c2\"]\nrisk_level = \"level\"\n") + level);
    files.import(&bank, &[]).json();
    assert_eq!(
        stands(),
        [["complaint", "c2"], ["complaint_closed", "done"], ["risk_level", "level"]]
    );
}
