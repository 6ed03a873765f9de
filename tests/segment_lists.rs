//! Lists from files, and segments that stand on one another, by command.
#![expect(clippy::disallowed_methods, reason = "a test writes and reads files")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use std::path::{Path, PathBuf};

use baton::store::cluster::ADMIN;
use chain::{number, owner, run, small, up_to};
use serde_json::{Value, json};
use support::{Bank, baton};

const LI: &str = "li.strategist";

fn file(dir: &Path, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = dir.join(name);
    std::fs::write(&path, content).unwrap();
    path
}

fn upload(bank: &Bank, code: &str, path: &Path, more: &[&str]) -> Value {
    let args =
        [&["--lang", "en", "segment", "upload", code, path.to_str().unwrap()], more].concat();
    run(bank, LI, &args)
}

#[test]
fn a_list_of_numbers_becomes_a_segment_and_every_line_is_accounted_for() {
    let bank = small();
    let dir = tempfile::tempdir().unwrap();
    // 101 is closed, 5000 is nobody, 7 comes twice, and x is no number.
    let path = file(
        dir.path(),
        "calls.csv",
        "name,Customer_ID\na,5\nb, 7 \nc,101\nd,5000\ne,7\nf,x\n\ng,\nh,9\n",
    );
    let done = upload(&bank, "CALLS", &path, &["--key", "customer_id"]);
    let counts = |key: &str| number(&done[key]);
    assert_eq!(
        (counts("read"), counts("matched"), counts("unmatched"), counts("doubled")),
        (8, 3, 4, 1)
    );
    assert_eq!((counts("upload"), counts("version")), (1, 1));
    let rejects = std::fs::read_to_string(done["reject_file"].as_str().unwrap()).unwrap();
    assert_eq!(
        rejects,
        "line,key,reason\n4,101,no open customer has this key\n5,5000,no open customer has this key\n\
         6,7,an earlier line found the same customer\n7,x,this is no customer number\n9,,this is no customer number\n"
    );
    let shown = run(&bank, "zhao.viewer", &["segment", "show", "CALLS"]);
    assert_eq!((&shown["rule"], &shown["name"]), (&json!("list('CALLS', 1)"), &json!("calls.csv")));
    assert_eq!(shown["note"], "calls.csv #1");
    let frozen = run(&bank, LI, &["segment", "freeze", "CALLS"]);
    assert_eq!(frozen["count"], 3);
    assert_eq!(
        bank.sql(LI, "select customer_id from baton.segment_member order by 1"),
        [["5"], ["7"], ["9"]]
    );
    // The next upload is another list, and what was saved of the first still means the first.
    let bare = file(dir.path(), "more.csv", "11\n12\n");
    let done = upload(&bank, "CALLS", &bare, &["--key", "customer_id", "--name", "电访"]);
    assert_eq!(
        (&done["upload"], &done["version"], &done["reject_file"]),
        (&json!(2), &json!(2), &Value::Null)
    );
    let shown = run(&bank, "zhao.viewer", &["segment", "show", "CALLS"]);
    assert_eq!((&shown["rule"], &shown["name"]), (&json!("list('CALLS', 2)"), &json!("电访")));
    for (rule, count) in
        [("list('CALLS', 1)", 3), ("list('CALLS')", 2), ("list('CALLS', 1) or list('CALLS', 2)", 5)]
    {
        assert_eq!(
            run(&bank, "zhao.viewer", &["segment", "count", "--rule", rule])["count"],
            count,
            "{rule}"
        );
    }
    let audit = "select subject, detail ->> 'read', detail ->> 'matched' from baton.audit where action = 'list.upload' order by id";
    assert_eq!(bank.sql("sun.auditor", audit), [["CALLS #1", "8", "3"], ["CALLS #2", "2", "2"]]);
    assert_eq!(run(&bank, "zhao.viewer", &["customer", "show", "7"])["lists"][0]["code"], "CALLS");
    let left = bank.sql(ADMIN, "set role baton_owner; select count(*) from baton.list_intake");
    assert_eq!(left, [["0"]], "no key stays");
}

#[test]
fn a_phone_finds_its_customer_and_is_shown_to_nobody() {
    let bank = small();
    owner(
        &bank,
        "update baton.customer set name = '王小明', phone = '138' || lpad(customer_id::text, 8, '0') where customer_id <= 20;
         update baton.customer set phone = '13800000020' where customer_id = 21",
    );
    let dir = tempfile::tempdir().unwrap();
    let text = "电话;姓名\n+86 138-0000-0001;甲\n13800000002;乙\n13800000020;丙\n13900000000;丁\n8613800000001;戊\n";
    let (gbk, ..) = encoding_rs::GBK.encode(text);
    let path = file(dir.path(), "fair.csv", gbk);
    let done = upload(
        &bank,
        "FAIR",
        &path,
        &["--key", "phone", "--column", "电话", "--encoding", "gbk", "--delimiter", ";"],
    );
    let counts: Vec<i64> =
        ["read", "matched", "unmatched", "doubled"].map(|key| number(&done[key])).into();
    assert_eq!(counts, [5, 2, 2, 1]);
    let rejects = std::fs::read_to_string(done["reject_file"].as_str().unwrap()).unwrap();
    assert!(rejects.contains("4,13800000020,several customers have this key"), "{rejects}");
    assert!(rejects.contains("6,8613800000001,an earlier line"), "{rejects}");
    assert!(!rejects.contains('王') && !done.to_string().contains('王'));
    assert_eq!(bank.refuses(LI, "select * from baton.list_intake"), "42501");
}

#[test]
fn an_attribute_that_tells_customers_apart_is_a_key() {
    let bank = small();
    owner(
        &bank,
        "create table baton.attr_1 (customer_id bigint primary key, org_id int not null, card text, nr numeric, vip bool);
         grant select on baton.attr_1 to baton_operator;
         insert into baton.attr_1 select customer_id, org_id, 'K-' || customer_id, customer_id + 0.50, true from baton.customer;
         insert into baton.attribute (code, type, zh, en, relation, column_name) values
             ('card', 'category', '卡号', 'Card', 'attr_1', 'card'), ('nr', 'number', '号', 'Number', 'attr_1', 'nr'),
             ('vip', 'flag', '贵宾', 'VIP', 'attr_1', 'vip')",
    );
    let dir = tempfile::tempdir().unwrap();
    let path =
        file(dir.path(), "k.csv", "card,nr,vip\nK-1,5.5,true\nK-2,6.500,true\nk-3,=x,true\n");
    let card = upload(&bank, "L", &path, &["--key", "card"]);
    assert_eq!((&card["matched"], &card["unmatched"]), (&json!(2), &json!(1)));
    let nr = upload(&bank, "L", &path, &["--key", "nr"]);
    assert_eq!((&nr["matched"], &nr["unmatched"]), (&json!(2), &json!(1)));
    let rejects = std::fs::read_to_string(nr["reject_file"].as_str().unwrap()).unwrap();
    assert!(rejects.contains("4,'=x,"), "{rejects}");
    let refused = |key: &str| {
        let args = [
            "--lang",
            "en",
            "segment",
            "upload",
            "L",
            path.to_str().unwrap(),
            "--key",
            key,
            "--column",
            "card",
        ];
        baton(&bank).as_(LI).args(args).refused()
    };
    assert!(refused("vip").contains("vip (flag) cannot be a key"));
    owner(
        &bank,
        "insert into baton.attribute_stat (attribute, customers, known, distinct_values) values ('card', 990, 990, 990)",
    );
    let said = refused("nobody");
    assert!(
        said.contains("nobody is no key") && said.contains("customer_id, phone, card"),
        "{said}"
    );
    // What the operator may not read himself, the upload does not read for him.
    owner(
        &bank,
        "revoke select on baton.attr_1 from baton_operator; grant select (customer_id, nr) on baton.attr_1 to baton_operator",
    );
    assert!(refused("card").contains("card (category) cannot be a key"));
}

#[test]
fn what_is_no_list_is_refused_and_changes_nothing() {
    let bank = small();
    let dir = tempfile::tempdir().unwrap();
    let long = format!("customer_id\n{}\n", "9".repeat(300));
    for (name, content, said) in [
        ("a.csv", "a,b\n1,2\n".as_bytes(), "has no column customer_id; it has: a, b"),
        ("b.csv", b"", "no line with a key"),
        ("c.csv", b"customer_id\n", "no line with a key"),
        ("d.csv", b"customer_id\n1\n\xff\xfe\n", "the file is not gb18030"),
        ("e.csv", long.as_bytes(), "line 2: the key is longer"),
    ] {
        let path = file(dir.path(), name, content);
        let args = [
            "--lang",
            "en",
            "segment",
            "upload",
            "L",
            path.to_str().unwrap(),
            "--key",
            "customer_id",
        ];
        let told = baton(&bank).as_(LI).args(args).refused();
        assert!(told.contains(said), "{name}: {told}");
        assert!(!dir.path().join(format!("{name}.rejects.csv")).exists());
    }
    let path = file(dir.path(), "f.csv", "1\n");
    let path = path.to_str().unwrap();
    let refused = |who: &str, code: &str, path: &str| {
        let args = ["--lang", "en", "segment", "upload", code, path, "--key", "customer_id"];
        baton(&bank).as_(who).args(args).refused()
    };
    assert!(refused("zhao.viewer", "L", path).contains("strategist"));
    assert!(refused(LI, "two words", path).contains("two words"));
    assert!(refused(LI, "L", "/nowhere/x.csv").contains("cannot be read"));
    let said = baton(&bank).as_(LI).args([
        "segment",
        "upload",
        "L",
        path,
        "--key",
        "customer_id",
        "--encoding",
        "x",
    ]);
    assert!(said.fails(2).contains("gbk"));
    // A segment that is a rule stays one.
    run(&bank, LI, &["segment", "save", "RICH", "--name", "甲", "--rule", "aum > 100"]);
    let told = refused(LI, "RICH", path);
    assert!(told.contains("RICH is a rule (aum > 100)"), "{told}");
    // Where the rejects cannot go, it is they who are named, and nothing is taken.
    let some = file(dir.path(), "g.csv", "customer_id\nabc\n1\n");
    let args =
        ["--lang", "en", "segment", "upload", "L", some.to_str().unwrap(), "--key", "customer_id"];
    let told = baton(&bank).as_(LI).args(args).args(["--rejects", "/dev/null/r.csv"]).refused();
    assert!(told.contains("gave no customer cannot be written (/dev/null/r.csv"), "{told}");
    assert_eq!(bank.sql(LI, "select count(*) from baton.list_upload"), [["0"]]);
    assert_eq!(bank.sql(LI, "select count(*) from baton.segment_version"), [["1"]]);
}

#[test]
fn segments_stand_on_one_another_in_order_and_never_in_a_circle() {
    let bank = small();
    let save = |code: &str, rule: &str| {
        run(&bank, LI, &["segment", "save", code, "--name", "甲", "--rule", rule]);
    };
    save("Z-BASE", "aum > 100");
    save("M-MIDDLE", "segment('Z-BASE') and age >= 30");
    save("A-TOP", "segment('M-MIDDLE') or segment('Z-BASE') and no_contact");
    save("LONE", "true");
    let strategy = chain::strategy_file(&chain::text("ST-1", "M-MIDDLE", "0.1", 7));
    run(&bank, LI, &["strategy", "new", strategy.to_str().unwrap()]);
    let graph = run(&bank, "zhao.viewer", &["segment", "graph"]);
    let codes = |graph: &Value| {
        graph["segments"]
            .as_array()
            .unwrap()
            .iter()
            .map(|n| n["code"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(codes(&graph), ["LONE", "Z-BASE", "M-MIDDLE", "A-TOP"]);
    let middle = &graph["segments"][2];
    assert_eq!((&middle["uses"], &middle["used_by"]), (&json!(["Z-BASE"]), &json!(["A-TOP"])));
    assert_eq!(middle["strategies"], json!(["ST-1"]));
    let around = run(&bank, "zhao.viewer", &["segment", "graph", "M-MIDDLE"]);
    assert_eq!(codes(&around), ["Z-BASE", "M-MIDDLE", "A-TOP"]);
    let done = run(&bank, LI, &["segment", "refresh", "M-MIDDLE"]);
    let frozen: Vec<&str> =
        done["refreshed"].as_array().unwrap().iter().map(|r| r["code"].as_str().unwrap()).collect();
    assert_eq!(frozen, ["Z-BASE", "M-MIDDLE"]);

    let args = ["segment", "save", "Z-BASE", "--name", "甲", "--rule", "segment('A-TOP')"];
    let told = baton(&bank).as_(LI).args(["--lang", "en"]).args(args).refused();
    assert!(told.contains("Z-BASE") && told.contains("A-TOP"), "{told}");
    // One whose rule no longer reads is named, and keeps none of the others from being frozen.
    owner(
        &bank,
        "insert into baton.segment_version (code, version, name, rule, author) values ('BAD', 1, 'b', 'gone = 1', 'li.strategist')",
    );
    let output =
        baton(&bank).as_(LI).args(["--lang", "en", "--format", "json", "segment", "refresh"]).run();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("not frozen: BAD") && said.contains("gone"), "{said}");
    let done: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (done["refreshed"].as_array().unwrap().len(), &done["failed"]),
        (4, &json!(["BAD"]))
    );
}

#[test]
fn a_next_version_may_stand_on_an_older_one_of_its_own() {
    let bank = small();
    let save = |code: &str, rule: &str| {
        run(&bank, LI, &["segment", "save", code, "--name", "甲", "--rule", rule])
    };
    let count = |rule: &str| {
        let args = ["segment", "count", "--rule", rule];
        number(&run(&bank, "zhao.viewer", &args)["count"])
    };
    save("SG-X", &up_to(40));
    assert_eq!(number(&run(&bank, LI, &["segment", "freeze", "SG-X"])["count"]), 40);
    save("SG-Y", "segment('SG-X', 1) and age >= 0");
    let next = format!("segment('SG-X', 1) and not snapshot(1) or {}", up_to(30));
    assert_eq!(save("SG-X", &next)["version"], 2);
    // The third stands on both of its own, and on one that stands on the first.
    assert_eq!(save("SG-X", "segment('SG-X', 2) or segment('SG-Y') and snapshot(1)")["version"], 3);
    let members = count("segment('SG-X')");
    assert_eq!((members, count("segment('SG-X', 2)")), (count(&up_to(40)), 30));
    assert_eq!(number(&run(&bank, LI, &["segment", "freeze", "SG-X"])["count"]), members);
    let graph = run(&bank, "zhao.viewer", &["segment", "graph", "SG-X"]);
    let nodes = graph["segments"].as_array().unwrap();
    let order: Vec<&Value> = nodes.iter().map(|node| &node["code"]).collect();
    assert_eq!(order, ["SG-Y", "SG-X"]);
    assert_eq!(nodes[1]["uses"], json!(["SG-Y"]));
    assert_eq!(nodes[1]["pinned"], json!([{ "code": "SG-X", "version": 2 }]));
    let done = run(&bank, LI, &["segment", "refresh", "SG-X"]);
    assert_eq!(done["refreshed"].as_array().unwrap().len(), 2);
    let told = run(&bank, LI, &["segment", "explain", "SG-X", "--customer", "35"]);
    assert_eq!(told["member"], json!(true));

    // The latest of itself it cannot be, by whatever way: not even by a version that is said.
    for (code, rule, way) in [
        ("SG-X", "segment('SG-X') and age >= 30", "SG-X -> SG-X"),
        ("SG-X", "not segment('SG-Z')", "SG-X -> SG-Z -> SG-X"),
        ("SG-Y", "segment('SG-X', 3)", "SG-Y -> SG-X v3 -> SG-Y"),
    ] {
        if rule.contains("SG-Z") {
            save("SG-Z", "segment('SG-X')");
        }
        let args = ["segment", "save", code, "--name", "甲", "--rule", rule];
        let said = baton(&bank).as_(LI).args(["--lang", "en"]).args(args).refused();
        assert!(said.contains(way), "{said}");
    }
}

#[test]
fn a_frozen_segment_is_its_snapshot_to_those_who_name_it() {
    let bank = small();
    let args = [
        "segment",
        "save",
        "F",
        "--name",
        "甲",
        "--rule",
        &format!("{} and aum >= 1000", up_to(50)),
        "--frozen",
    ];
    run(&bank, LI, &args);
    let count = |rule: &str| {
        number(&run(&bank, "zhao.viewer", &["segment", "count", "--rule", rule])["count"])
    };
    let before = count("segment('F')");
    assert_eq!(number(&run(&bank, LI, &["segment", "freeze", "F"])["count"]), before);
    owner(&bank, "update baton.customer set aum = 0");
    assert_eq!(count(&format!("{} and aum >= 1000", up_to(50))), 0);
    assert_eq!(count("segment('F')"), before, "it does not move");
    assert_eq!(run(&bank, LI, &["segment", "overlap", "F"])["matrix"], json!([[before]]));
    let told = run(&bank, LI, &["segment", "explain", "F", "--customer", "50"]);
    assert_eq!(
        (&told["member"], &told["leaves"][0]["text"]),
        (&json!(true), &json!("snapshot(1)"))
    );
    // Why he was taken, and what has moved since.
    let own: Vec<_> = told["leaves"].as_array().unwrap()[1..]
        .iter()
        .map(|leaf| (&leaf["text"], &leaf["depth"], &leaf["holds"]))
        .collect();
    let last = own.last().unwrap();
    assert_eq!(*last, (&json!("aum >= 1000"), &json!(1), &json!(false)), "{own:?}");
}

#[test]
fn what_is_no_list_is_not_taken() {
    let bank = small();
    let dir = tempfile::tempdir().unwrap();
    let refused = |code: &str, path: &Path| {
        let args = ["--lang", "en", "segment", "upload", code, path.to_str().unwrap()];
        baton(&bank).as_(LI).args(args).args(["--key", "customer_id"]).refused()
    };
    // It would never end.
    for device in ["/dev/zero", dir.path().to_str().unwrap()] {
        let said = refused("CALLS", Path::new(device));
        assert!(said.contains("is no file"), "{said}");
    }
    let long = file(dir.path(), "long.csv", "9".repeat(2_000_000));
    let said = refused("CALLS", &long);
    assert!(said.contains("longer than 1,048,576 bytes"), "{said}");
    // Nobody is no list: the file is of another bank, or of another column.
    let nobody = file(dir.path(), "nobody.csv", "customer_id\n50001\n50002\n");
    let said = refused("CALLS", &nobody);
    assert!(said.contains("none of the 2 keys is a customer's"), "{said}");
    assert_eq!(bank.sql(LI, "select count(*) from baton.list_upload"), [["0"]]);
    // A key that there is none of is told before the file is asked for its column.
    let upload = ["--lang", "en", "segment", "upload", "CALLS", nobody.to_str().unwrap()];
    let keyed = |key: &str| baton(&bank).as_(LI).args(upload).args(["--key", key]).refused();
    let said = keyed("nosuch");
    assert!(said.contains("nosuch is no key") && said.contains("customer_id, phone"), "{said}");
    let check =
        ["segment", "upload", "CALLS", nobody.to_str().unwrap(), "--key", "customer_id", "--check"];
    assert_eq!(run(&bank, LI, &check)["matched"], 0);
}

#[test]
fn codes_and_names_are_those_that_people_can_tell_apart() {
    let bank = small();
    let save = |code: &str, name: &str| {
        let named = ["--name", name, "--rule", "true"];
        baton(&bank).as_(LI).args(["--lang", "en", "segment", "save", code]).args(named)
    };
    save("SG-Payroll", "a").json();
    let said = save("sg-payroll", "a").refused();
    assert!(said.contains("differs from the segment SG-Payroll in capitals only"), "{said}");
    save("SG-Payroll", "b").json();
    for code in [".", "../x", "a/../b"] {
        assert!(save(code, "a").refused().contains("code"), "{code}");
    }
    // What looks like an option has to stand behind two dashes, and is no code either.
    let odd = ["--lang", "en", "segment", "save", "--name", "a", "--rule", "true", "--", "-x"];
    assert!(baton(&bank).as_(LI).args(odd).run().status.code() == Some(1));
    let said = save("SG-LONG", &"x".repeat(5_000)).refused();
    assert!(said.contains("at most 100 characters"), "{said}");
    let call = format!("select baton.segment_save('SG-LONG', '{}', 'true')", "x".repeat(101));
    assert_eq!(bank.refuses(LI, &call), "segment_version_name_length");
    save("SG-LONG", &"名".repeat(100)).json();
}
