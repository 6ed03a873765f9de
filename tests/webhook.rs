//! The door over HTTP: what a branch's system gets and how it is signed, what its answers do, and where nothing is sent.
#![expect(
    clippy::disallowed_methods,
    reason = "a test is the system that is spoken to, and looks at files"
)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod listener;
mod support;

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use baton::store::cluster::ADMIN;
use chain::{approved, owner, pushed, small, up_to};
use listener::{Post, System, status};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use support::{Bank, Baton, baton};
use tokio_rustls::rustls;

const ONE: &str = "sun.auditor";
const OLD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEW: &str = "whsec_QmF0b24gdGVzdCBzZWNyZXQgb2YgMzIgYnl0ZXMhISE=";
const LISTED: &str = "select customer_id::text, u.code from baton.task t join baton.org_unit u on u.id = t.org_id order by 1";

/// The configuration of a worker.
struct Config {
    dir: tempfile::TempDir,
}

impl Config {
    /// It may speak to these hosts; more lines of the table besides.
    fn new(hosts: &[String], more: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("baton")).unwrap();
        std::fs::create_dir(dir.path().join("secrets")).unwrap();
        let secrets = dir.path().join("secrets");
        let text = format!(
            "[webhook]\nhosts = {hosts:?}\nsecrets = '{}'\nanswer-seconds = 5\n{more}\n",
            secrets.display()
        );
        std::fs::write(dir.path().join("baton/config.toml"), text).unwrap();
        let config = Self { dir };
        config.secret("core", OLD, 0o600);
        config
    }

    fn secret(&self, door: &str, text: &str, mode: u32) {
        let file = self.dir.path().join("secrets").join(door);
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    /// One round of a worker with it.
    fn worker(&self, bank: &Bank) -> Baton {
        let home = self.dir.path();
        baton(bank)
            .env("XDG_CONFIG_HOME", home.to_str().unwrap())
            .env("XDG_STATE_HOME", home.join("state").to_str().unwrap())
            .args(["worker", "--once"])
    }

    /// One that leaves nothing undone.
    fn once(&self, bank: &Bank) -> Value {
        self.worker(bank).json()
    }

    /// One that does; gives why, by reason.
    fn fails(&self, bank: &Bank) -> Vec<String> {
        let output = self.worker(bank).args(["--format", "json"]).run();
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        let kept = told["undelivered"].as_array().unwrap();
        let reasons: BTreeSet<&str> = kept.iter().map(|k| k["reason"].as_str().unwrap()).collect();
        reasons.into_iter().map(str::to_owned).collect()
    }
}

/// A bank whose pushes go to `url`, and one push of so many customers in messages of so many tasks.
fn bank(url: &str, customers: i64, most: u32) -> Bank {
    let bank = small();
    owner(
        &bank,
        &format!(
            "create or replace function baton.message_most() returns int language sql immutable as $$ select {most} $$"
        ),
    );
    bank.program(ADMIN).args(["door", "add", "core", "--kind", "webhook", "--to", url]).json();
    approved(&bank, "ST-1", &up_to(customers), "0.1", 7);
    pushed(&bank, "ST-1");
    bank
}

fn status_of(bank: &Bank) -> Value {
    baton(bank).args(["worker", "status"]).json()
}

/// HMAC by its definition (RFC 2104), so that nothing of what signs is used to verify.
fn hmac(key: &[u8], text: &[u8]) -> String {
    let mut block = [0_u8; 64];
    block[..key.len()].copy_from_slice(key);
    let padded = |pad: u8| block.map(|byte| byte ^ pad);
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(text).finalize();
    STANDARD.encode(Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize())
}

fn signed(secret: &str, id: &str, timestamp: &str, body: &str) -> String {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    format!("v1,{}", hmac(&key, format!("{id}.{timestamp}.{body}").as_bytes()))
}

/// What came is what is on the list, everybody once.
fn came(posts: &[Post]) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = posts
        .iter()
        .map(Post::says)
        .flat_map(|says| {
            let org = says["org"].as_str().unwrap().to_owned();
            let tasks = says["tasks"].as_array().unwrap().clone();
            tasks.into_iter().map(move |task| vec![task["customer"].to_string(), org.clone()])
        })
        .collect();
    all.sort();
    all
}

#[test]
fn a_message_comes_signed_by_every_secret_and_under_the_same_name_however_often() {
    // The example of the standard's own libraries, so that the verification is not ours alone.
    let known =
        signed(OLD, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", r#"{"test": 2432232314}"#);
    assert_eq!(known, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    let system = System::new();
    let config = Config::new(&[system.host()], "");
    config.secret("core", &format!("# the new one first\n{NEW}\n{OLD}\n"), 0o640);
    let bank = bank(&system.url(), 300, 20);
    let ready = status_of(&bank)["ready"].as_i64().unwrap();
    let told = config.once(&bank);
    assert_eq!(told["delivered"][0]["messages"], ready);
    let posts = system.posts();
    assert_eq!(came(&posts), bank.sql(ONE, LISTED));
    let now: i64 = bank.sql(ONE, "select extract(epoch from now())::bigint")[0][0].parse().unwrap();
    let mut names = BTreeSet::new();
    for post in &posts {
        let (id, at) = (post.head("webhook-id"), post.head("webhook-timestamp"));
        let both = [NEW, OLD].map(|secret| signed(secret, id, at, &post.body)).join(" ");
        assert_eq!(post.head("webhook-signature"), both);
        assert!((now - at.parse::<i64>().unwrap()).abs() < 300);
        assert_eq!(post.says()["message"], id);
        assert!(!id.contains('.'), "a full stop would let one message be read as another");
        assert_eq!(post.head("content-type"), "application/json");
        assert_eq!((post.head("host"), post.path.as_str()), (&*system.at.to_string(), "/baton/in"));
        names.insert(id.to_owned());
    }
    assert_eq!(names.len(), posts.len());
    // Sent again it has the same names, and the one secret that is left.
    config.secret("core", NEW, 0o600);
    baton(&bank).args(["worker", "replay", "--push", "1"]).json();
    config.once(&bank);
    let again = system.posts();
    assert_eq!(
        again.iter().map(|post| post.head("webhook-id").to_owned()).collect::<BTreeSet<_>>(),
        names
    );
    let one = &again[0];
    assert_eq!(
        one.head("webhook-signature"),
        signed(NEW, one.head("webhook-id"), one.head("webhook-timestamp"), &one.body)
    );
    // The secret is in no table that can be read and in no log.
    let told = "select count(*) from (select d::text as t from baton.door d union all select a::text from baton.audit a
        union all select k::text from (select key, reason from baton.outbox) k) x where x.t like '%whsec%'";
    assert_eq!(bank.sql(ONE, told), [["0"]]);
    for log in std::fs::read_dir(config.dir.path().join("state/baton")).unwrap() {
        let text = std::fs::read_to_string(log.unwrap().path()).unwrap();
        assert!(!text.contains("whsec") && !text.contains(&NEW[6..]));
    }
}

#[test]
fn an_answer_says_whether_a_message_is_tried_again_and_when() {
    let system = System::new();
    let config = Config::new(&[system.host()], "");
    let bank = bank(&system.url(), 300, 500);
    owner(&bank, "delete from baton.outbox o where o.id > (select min(id) from baton.outbox)");
    let waits = |low: i64, high: i64| {
        let sql = format!(
            "select state, ready_at - clock_timestamp() between interval '{low} s' and interval '{high} s', tries from baton.outbox"
        );
        bank.sql(ONE, &sql).remove(0)
    };
    let due = "update baton.outbox set ready_at = clock_timestamp()";
    for (tries, (line, reason, low, high)) in [
        ("500 Internal Server Error", "http: 500", 1, 5),
        ("400 Bad Request", "http: 400", 3, 10),
        ("503 Service Unavailable\r\nretry-after: 600", "http: 503", 590, 600),
        ("429 Too Many Requests\r\nretry-after: 999999", "http: 429", 3590, 3600),
    ]
    .into_iter()
    .enumerate()
    {
        system.answers(move |_| Some(status(line)));
        assert_eq!(config.fails(&bank), [reason]);
        assert_eq!(waits(low, high), ["ready", "t", &(tries + 1).to_string()], "{line}");
        owner(&bank, due);
    }
    // The fifth in a row opens the breaker, which rests as long as the system has asked for.
    system.answers(|_| Some(status("503 Service Unavailable\r\nretry-after: 600")));
    config.fails(&bank);
    let rests = "select open_until - clock_timestamp() between interval '590 s' and interval '600 s' from baton.breaker";
    assert_eq!(bank.sql(ONE, rests), [["t"]]);
    owner(&bank, "update baton.breaker set open_until = clock_timestamp()");
    system.answers(|_| Some(status("410 Gone")));
    assert_eq!(config.fails(&bank), ["gone"]);
    let dead = status_of(&bank)["dead_letters"][0].clone();
    assert_eq!((&dead["reason"], &dead["tries"]), (&json!("gone"), &json!(6)));
    // What was given up goes when somebody says so, under the name that it always had.
    system.answers(|_| Some("HTTP/1.1 204 No Content\r\n\r\n".to_owned()));
    assert_eq!(baton(&bank).args(["worker", "replay", "--all"]).json()["replayed"], 1);
    assert_eq!(config.once(&bank)["delivered"][0]["messages"], 1);
    let names: BTreeSet<String> =
        system.posts().iter().map(|post| post.head("webhook-id").to_owned()).collect();
    assert_eq!(names.len(), 1);
    let all = status_of(&bank);
    assert_eq!((&all["ready"], &all["dead"], &all["delivered"]), (&json!(0), &json!(0), &json!(1)));
}

#[test]
fn a_redirection_is_followed_nowhere() {
    let (system, other) = (System::new(), System::new());
    let config = Config::new(&[system.host(), other.host()], "");
    let bank = bank(&system.url(), 100, 500);
    let to = other.url();
    system.answers(move |_| Some(status(&format!("307 Temporary Redirect\r\nlocation: {to}"))));
    assert_eq!(config.fails(&bank), ["redirect: 307"]);
    assert!(!system.posts().is_empty());
    assert!(other.posts().is_empty());
}

#[test]
fn nothing_is_sent_to_a_host_or_an_address_that_the_configuration_does_not_name() {
    let system = System::new();
    let bank = bank(&system.url(), 100, 500);
    let due = || {
        owner(
            &bank,
            "update baton.outbox set ready_at = clock_timestamp(), tries = 0; delete from baton.breaker",
        );
    };
    let other = format!("http://127.0.0.1:{}", system.at.port() ^ 1);
    let config = Config::new(&[other, "localhost".to_owned()], "addresses = ['127.0.0.0/8']");
    assert_eq!(config.fails(&bank), [format!("host: {}", system.host())]);
    // Without a configuration there is nobody to speak to.
    due();
    let said = baton(&bank).args(["--lang", "zh-CN", "worker", "--once"]).run();
    assert!(String::from_utf8(said.stderr).unwrap().contains("不在本后台进程可访问的主机之列"));
    // A name may lead anywhere: what is not public must be named, too.
    due();
    let named = format!("http://localhost:{}", system.at.port());
    let to = format!("{named}/baton/in");
    bank.program(ADMIN).args(["door", "add", "core", "--kind", "webhook", "--to", &to]).json();
    let config = Config::new(std::slice::from_ref(&named), "");
    let reasons = config.fails(&bank);
    assert!(
        reasons
            .iter()
            .all(|reason| ["address: 127.0.0.1", "address: ::1"].contains(&reason.as_str())),
        "{reasons:?}"
    );
    assert!(system.posts().is_empty());
    due();
    let config = Config::new(&[named], "addresses = ['127.0.0.1', '::1']");
    config.once(&bank);
    assert_eq!(came(&system.posts()), bank.sql(ONE, LISTED));
    // A login or a query in an address would be everybody's to read.
    for target in
        ["https://u:p@b.example/", "https://b.example/?token=1", "b.example", "ftp://b.example/"]
    {
        let add = ["--lang", "en", "door", "add", "x", "--kind", "webhook", "--to", target];
        assert!(bank.program(ADMIN).args(add).refused().contains("without login and query"));
    }
}

#[test]
fn a_door_without_a_secret_of_its_own_sends_nothing() {
    let system = System::new();
    let config = Config::new(&[system.host()], "");
    let bank = bank(&system.url(), 100, 500);
    for (text, mode, reason) in [
        (None, 0, "no-secrets"),
        (Some(OLD), 0o604, "open-secrets"),
        (Some("geheim"), 0o600, "wrong-secrets"),
        (Some(""), 0o600, "wrong-secrets"),
    ] {
        match text {
            Some(text) => config.secret("core", text, mode),
            None => std::fs::remove_file(config.dir.path().join("secrets/core")).unwrap(),
        }
        assert_eq!(config.fails(&bank), [reason]);
        owner(
            &bank,
            "update baton.outbox set ready_at = clock_timestamp(), tries = 0; delete from baton.breaker",
        );
    }
    assert!(system.posts().is_empty());
    // systemd's directory is as good as one that the file names.
    config.secret("core", OLD, 0o400);
    let secrets = config.dir.path().join("secrets");
    let text = format!("[webhook]\nhosts = [{:?}]\n", system.host());
    std::fs::write(config.dir.path().join("baton/config.toml"), text).unwrap();
    config.worker(&bank).env("CREDENTIALS_DIRECTORY", secrets.to_str().unwrap()).json();
    assert_eq!(came(&system.posts()), bank.sql(ONE, LISTED));
}

/// A system that takes the line and says nothing: given up in time, left alone after five, and no other door waits for it.
#[test]
fn a_system_that_does_not_answer_is_given_up_and_then_left_alone() {
    let system = System::new();
    system.answers(|_| None);
    let config = Config::new(&[system.host()], "");
    let file = config.dir.path().join("baton/config.toml");
    let text =
        std::fs::read_to_string(&file).unwrap().replace("answer-seconds = 5", "answer-seconds = 1");
    std::fs::write(&file, text).unwrap();
    let bank = bank(&system.url(), 900, 3);
    let drop = tempfile::tempdir().unwrap();
    let add = [
        "door",
        "add",
        "drop",
        "--kind",
        "file",
        "--to",
        drop.path().to_str().unwrap(),
        "--org",
        "S2",
    ];
    bank.program(ADMIN).args(add).json();
    owner(
        &bank,
        "update baton.outbox o set door = 'drop' from baton.org_unit u where u.id = o.org_id and u.code = 'S2';
         delete from baton.outbox o using baton.org_unit u where u.id = o.org_id and u.code not in ('S1', 'S2')",
    );
    let of = |org: &str| {
        let all = status_of(&bank);
        all["by_org"].as_array().unwrap().iter().find(|row| row["org"] == org).unwrap().clone()
    };
    let messages = of("S1")["ready"].as_i64().unwrap();
    assert!(messages > 10, "{messages}");
    assert_eq!(config.fails(&bank), ["slow"]);
    assert_eq!(of("S2")["ready"], 0, "the other door's have left");
    let rests = of("S1");
    assert!(rests["open_until"].is_string() && rests["reason"] == "slow", "{rests}");
    let tried = system.posts().len();
    assert!((5..=8).contains(&tried), "{tried} were on their way, and no more");
    let untried = "select count(*) filter (where tries = 0), count(*), count(*) filter (where ready_at = 'infinity') from baton.outbox";
    let (rest, all) = (messages - i64::try_from(tried).unwrap(), messages.to_string());
    assert_eq!(bank.sql(ONE, untried), [[rest.to_string(), all.clone(), all]]);
    // It answers again: the first opens the way for all.
    system.answers(|_| Some(status("200 OK")));
    owner(&bank, "update baton.breaker set open_until = clock_timestamp()");
    assert_eq!(config.once(&bank)["delivered"][0]["messages"], messages);
    assert_eq!(bank.sql(ONE, "select count(*) from baton.breaker"), [["0"]]);
}

#[test]
fn a_line_is_encrypted_and_its_certificate_is_one_that_the_machine_trusts() {
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/webhook");
    let chain = CertificateDer::from_pem_file(home.join("system.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(home.join("system.key")).unwrap();
    let tls = rustls::ServerConfig::builder_with_provider(Arc::new(
        rustls::crypto::ring::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_no_client_auth()
    .with_single_cert(vec![chain], key)
    .unwrap();
    let system = System::over(Some(Arc::new(tls)));
    let at = format!("localhost:{}", system.at.port());
    let bank = bank(&format!("https://{at}/in"), 100, 500);
    let config = Config::new(
        &[at, format!("https://127.0.0.1:{}", system.at.port())],
        "addresses = ['127.0.0.1', '::1']",
    );
    let trusted = home.join("ca.pem");
    let with =
        |config: &Config| config.worker(&bank).env("SSL_CERT_FILE", trusted.to_str().unwrap());
    // Nobody has signed it whom this machine trusts.
    let said = config.fails(&bank);
    assert!(said.len() == 1 && said[0].contains("certificate"), "{said:?}");
    assert!(system.posts().is_empty());
    let due = "update baton.outbox set ready_at = clock_timestamp(), tries = 0; delete from baton.breaker";
    owner(&bank, due);
    with(&config).json();
    assert_eq!(came(&system.posts()), bank.sql(ONE, LISTED));
    // It is signed, for another name.
    let other = format!("https://127.0.0.1:{}/in", system.at.port());
    bank.program(ADMIN).args(["door", "add", "core", "--kind", "webhook", "--to", &other]).json();
    baton(&bank).args(["worker", "replay", "--push", "1"]).json();
    assert_eq!(with(&config).run().status.code(), Some(1));
    assert!(system.posts().is_empty());
}
