//! The files of a small bank, and what an import has made of them.
#![expect(clippy::disallowed_methods, reason = "tests write files")]

use std::path::Path;

use baton::store::cluster::INTERNAL;

use super::{Bank, Baton, baton};

/// Files of a small bank.
pub struct Files(pub tempfile::TempDir);

pub const HEAD: &str = "[bank]\nname = \"试点银行\"\nas_of = 2026-06-30\ncurrency = \"CNY\"\n";
pub const UNITS: &str = "code,parent,kind,name\nHQ,,hq,总行\nB1,HQ,branch,南城分行\nS1,B1,subbranch,前门支行\nS2,B1,subbranch,天桥支行\n";
pub const CUSTOMERS: &str = "id,org,name,aum,vip,job\n1,S1,张三,100.50,1,teacher\n2,S1,李四,0,0,student\n3,S2,\"\",-5,1,teacher\n4,S2,,,,\n";
pub const EVENTS: &str = "customer,ref,kind,at,amount\n1,a,工资,2026-06-10,8000\n1,b,转出,2026-06-11 09:30,20.05\n3,c,工资,2026-06-10T01:00:00Z,\n";
pub const LOADS: &str = r#"
[[file]]
name = "unit"
path = "units.csv"
[[file]]
name = "customer"
path = "customers.csv"
[[file]]
name = "event"
path = "events.csv"
[[attribute]]
code = "vip"
type = "flag"
zh = "贵宾"
en = "VIP"
[[attribute]]
code = "job"
type = "category"
zh = "职业"
en = "Job"
[[load]]
into = "org_unit"
sql = "select * from raw.unit"
[[load]]
into = "customer"
sql = "select id as customer_id, org, name, aum, vip, job from raw.customer"
[[load]]
into = "event"
sql = "select customer as customer_id, ref, kind, at, amount from raw.event"
"#;

impl Files {
    /// A bank of four units, four customers and three events.
    pub fn small() -> Self {
        Self::with(&format!("{HEAD}{LOADS}"))
            .put("units.csv", UNITS)
            .put("customers.csv", CUSTOMERS)
            .put("events.csv", EVENTS)
    }

    pub fn with(manifest: &str) -> Self {
        Self(tempfile::tempdir().unwrap()).put("baton-import.toml", manifest)
    }

    pub fn put(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        std::fs::write(self.0.path().join(name), content).unwrap();
        self
    }

    pub fn change(self, name: &str, from: &str, to: &str) -> Self {
        let old = std::fs::read_to_string(self.0.path().join(name)).unwrap();
        assert!(old.contains(from), "{name} has no {from}");
        self.put(name, old.replace(from, to))
    }

    pub fn dir(&self) -> &Path {
        self.0.path()
    }

    pub fn import(&self, bank: &Bank, more: &[&str]) -> Baton {
        let data = self.0.path().join("data");
        baton(bank)
            .args(["--lang", "en", "import"])
            .args([self.dir()])
            .args(more)
            .args(["--data-dir"])
            .args([data])
    }
}

/// A bank whose units are loaded by this query; the rest of the small bank stays out.
pub fn only(sql: &str) -> Files {
    let manifest = format!(
        "{HEAD}[[file]]\nname = \"unit\"\npath = \"units.csv\"\n[[load]]\ninto = \"org_unit\"\nsql = '''{sql}'''\n"
    );
    Files::with(&manifest).put("units.csv", UNITS)
}

/// Every row of every table of the bank, but for the record of runs, whose turn it is, and when what was measured.
pub fn content(bank: &Bank) -> Vec<(String, String)> {
    let tables = bank.sql(
        INTERNAL,
        "select c.relname from pg_class c where c.relnamespace = 'baton'::regnamespace and c.relkind in ('r', 'p')
         and not c.relispartition and c.relname not in ('import_run', 'import_turn', 'import_change', 'audit', 'attribute_stat', 'fixed_column', 'dictionary') order by 1",
    );
    tables
        .into_iter()
        .map(|row| {
            let name = row[0].clone();
            let all = format!(
                "select md5(string_agg(t::text, ';' order by t::text)) from baton.\"{name}\" t"
            );
            let hash = bank.sql(INTERNAL, &all)[0][0].clone();
            (name, hash)
        })
        .collect()
}

pub fn leftovers(bank: &Bank) -> Vec<Vec<String>> {
    bank.sql(INTERNAL, "select relname from pg_class where relnamespace in ('raw'::regnamespace, 'load'::regnamespace)")
}
