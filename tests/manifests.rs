//! A directory of wrong manifests, each with what an operator is told: the last lines `# en:` and `# zh-CN:` of the file.
#![expect(clippy::disallowed_methods, reason = "tests read files")]

use std::path::Path;

use baton::store::import::manifest;
use baton::text::{Lang, render};

#[test]
fn each_wrong_manifest_is_told_with_its_place_in_both_languages() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manifests");
    let mut names: Vec<_> = std::fs::read_dir(&dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.len() >= 30, "{names:?}");
    let mut wrong = String::new();
    for name in names {
        let text = std::fs::read_to_string(dir.join(&name)).unwrap();
        let Err(error) = manifest::read(&name, &text) else {
            wrong.extend([&name, ": is no mistake\n"]);
            continue;
        };
        for (word, lang) in [("en", Lang::En), ("zh-CN", Lang::ZhCn)] {
            let expected = text
                .lines()
                .find_map(|l| l.strip_prefix(&format!("# {word}: ")))
                .unwrap_or_default();
            let said = render(&error.message(), lang);
            if said != expected {
                wrong.extend([&name, "\n# ", word, ": ", &said, "\n"]);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_manifest_of_the_handbook_is_read() {
    let text = r#"
[bank]
name = "Česká banka"
as_of = 1994-03-31
currency = "CZK"            # minor units by ISO 4217
timezone = "Europe/Prague"  # optional, default Asia/Shanghai

[[tier]]
code = "gold"
zh = "财富"
en = "Wealth"
from = 50000

[[file]]
name = "client"
path = "client.asc"
delimiter = ";"
encoding = "utf-8"
null = "?"
header = true

[[attribute]]
code = "job"
type = "category"
zh = "职业"
en = "Job"
source = "campaign file"

[[load]]
into = "customer"
sql = "select client_id::bigint as customer_id, 'D' || district_id as org from raw.client"

[[load]]
into = "event"
sql = "select 1"

[[load]]
into = "event"
sql = "select 2"
"#;
    let read = manifest::read("m", text).unwrap();
    assert_eq!(read.bank.timezone, chrono_tz::Europe::Prague);
    assert_eq!(read.tiers.unwrap()[0].from.unwrap().0, 5_000_000);
    assert_eq!(read.files[0].null.as_deref(), Some("?"));
    assert_eq!(read.attributes[0].code, "job");
    let names: Vec<_> = read.loads.iter().map(|l| l.name.as_str()).collect();
    assert_eq!(names, ["customer", "event", "event 2"]);
}
