//! A message over HTTP/1.1: one POST over one connection, signed, to a host that the configuration names and at an address
//! that was looked at before it was spoken to. No proxy, no redirection and no cookie: there is nothing that could lead it
//! elsewhere. What the system answers beside its status is read to an end and kept nowhere.
#![expect(
    clippy::disallowed_methods,
    reason = "a signature carries the time of its try; secrets stand in files"
)]

use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use chrono::Utc;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::Request;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, RETRY_AFTER, USER_AGENT};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::domain::delivery::{Envelope, Reason};
use crate::domain::webhook::{
    Endpoint, Refused, Secret, Unplaced, Webhooks, judged, secrets, signatures,
};

/// The most that is read of an answer: of its head, and of its body.
const HEAD: usize = 16 << 10;
const BODY: usize = 64 << 10;
/// A file of secrets is no longer.
const SECRETS: u64 = 4 << 10;

/// A line to a system, encrypted or not.
trait Line: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Line for T {}

/// The way over HTTP, as the configuration has it.
pub(super) struct Web {
    webhooks: Webhooks,
    tls: OnceLock<TlsConnector>,
}

impl std::fmt::Debug for Web {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Web").field("webhooks", &self.webhooks).finish_non_exhaustive()
    }
}

impl From<Unplaced> for Refused {
    fn from(why: Unplaced) -> Self {
        match why {
            Unplaced::Host(host) => Reason::Host(host).into(),
            Unplaced::Address(address) => Reason::Address(address.to_string()).into(),
        }
    }
}

impl Web {
    pub(super) fn new(webhooks: Webhooks) -> Self {
        Self { webhooks, tls: OnceLock::new() }
    }

    /// Sends one message and waits for the answer. Its name is the same however often it is sent, so that the system can drop
    /// what it has.
    pub(super) async fn send(&self, message: &Envelope, text: &Value) -> Result<(), Refused> {
        let Some(endpoint) = Endpoint::parse(&message.target) else {
            return Err(Reason::Host(message.target.clone()).into());
        };
        endpoint.is_listed(&self.webhooks)?;
        let secrets = read(self.webhooks.secrets.as_deref(), &message.door)?;
        let request = signed(&endpoint, &message.key, text, &secrets)?;
        within(self.webhooks.whole, async {
            let line = within(self.webhooks.connect, self.line(&endpoint)).await?;
            exchange(line, request).await
        })
        .await
    }

    async fn line(&self, endpoint: &Endpoint) -> Result<Box<dyn Line>, Refused> {
        let stream = self.reach(endpoint).await?;
        stream.set_nodelay(true).ok();
        if !endpoint.is_secure() {
            return Ok(Box::new(stream));
        }
        let name = ServerName::try_from(endpoint.host()).map_err(|error| system(&error))?;
        let stream = self.tls()?.connect(name, stream).await.map_err(|error| system(&error))?;
        Ok(Box::new(stream))
    }

    /// Looks the name up and speaks to what was found, and to nothing that is found later.
    async fn reach(&self, endpoint: &Endpoint) -> Result<TcpStream, Refused> {
        let found = tokio::net::lookup_host((endpoint.host(), endpoint.port())).await;
        let mut why = Reason::System("no address".to_owned()).into();
        for address in found.map_err(|error| system(&error))? {
            match self.reach_at(endpoint, address).await {
                Ok(stream) => return Ok(stream),
                Err(refused) => why = refused,
            }
        }
        Err(why)
    }

    async fn reach_at(&self, endpoint: &Endpoint, at: SocketAddr) -> Result<TcpStream, Refused> {
        endpoint.may_be_at(at.ip(), &self.webhooks)?;
        TcpStream::connect(at).await.map_err(|error| system(&error))
    }

    /// Certificates are held against those that the machine trusts, looked at once.
    fn tls(&self) -> Result<TlsConnector, Refused> {
        if let Some(known) = self.tls.get() {
            return Ok(known.clone());
        }
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| system(&error))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(self.tls.get_or_init(|| Arc::new(config).into()).clone())
    }
}

async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, Refused>>,
) -> Result<T, Refused> {
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_| Err(Reason::Slow.into()))
}

/// The door's secrets. The file is read for every message: one that was exchanged counts at once.
fn read(dir: Option<&Path>, door: &str) -> Result<Vec<Secret>, Refused> {
    let file = dir.ok_or(Reason::NoSecrets)?.join(door);
    let about = std::fs::metadata(&file).map_err(|_| Reason::NoSecrets)?;
    if about.mode() & 0o007 != 0 {
        return Err(Reason::OpenSecrets.into());
    }
    if about.len() > SECRETS {
        return Err(Reason::WrongSecrets.into());
    }
    let text = std::fs::read_to_string(file).map_err(|_| Reason::NoSecrets)?;
    secrets(&text).map_err(|_| Reason::WrongSecrets.into())
}

fn signed(
    endpoint: &Endpoint,
    key: &str,
    text: &Value,
    secrets: &[Secret],
) -> Result<Request<Full<Bytes>>, Refused> {
    let body = text.to_string();
    let at = Utc::now().timestamp();
    Request::post(endpoint.path())
        .header(HOST, endpoint.authority())
        .header(USER_AGENT, concat!("baton/", env!("CARGO_PKG_VERSION")))
        .header(CONTENT_TYPE, "application/json")
        .header("webhook-id", key)
        .header("webhook-timestamp", at)
        .header("webhook-signature", signatures(secrets, key, at, body.as_bytes()))
        .body(Full::new(body.into()))
        .map_err(|error| system(&error))
}

/// Asks, and judges the answer by its status. The line is driven beside and ends with this.
async fn exchange(line: Box<dyn Line>, request: Request<Full<Bytes>>) -> Result<(), Refused> {
    let (mut sender, driver) = http1::Builder::new()
        .max_buf_size(HEAD)
        .handshake(TokioIo::new(line))
        .await
        .map_err(|error| system(&error))?;
    let asked = async {
        let answer = sender.send_request(request).await.map_err(|error| system(&error))?;
        let after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let judged = judged(answer.status().as_u16(), after, Utc::now());
        // Only so that the system is not cut off in the middle; what it says has been judged.
        Limited::new(answer.into_body(), BODY).collect().await.ok();
        judged
    };
    let (mut asked, mut driver) = (pin!(asked), pin!(driver));
    tokio::select! {
        biased;
        judged = &mut asked => judged,
        // The line has ended: either the answer is there, or it will say why there is none.
        _ = &mut driver => asked.await,
    }
}

/// What the system or a library said. An error of the line is told with what lies behind it, which is the part that helps.
fn system(error: &(dyn std::error::Error + 'static)) -> Refused {
    let mut said = error.to_string();
    let mut behind = error.source();
    while let Some(error) = behind {
        let more = error.to_string();
        if !said.contains(&more) {
            said = format!("{said}: {more}");
        }
        behind = error.source();
    }
    Reason::System(said).into()
}
