//! A branch's system on this machine: what posts came to it, and what it answers.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    reason = "a test program uses it, and a test that cannot go on fails"
)]

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio_rustls::rustls;

/// A request that came.
#[derive(Clone, Debug)]
pub struct Post {
    /// Lower case names.
    pub heads: Vec<(String, String)>,
    pub path: String,
    pub body: String,
}

impl Post {
    pub fn head(&self, name: &str) -> &str {
        let found: Vec<_> = self.heads.iter().filter(|(head, _)| head == name).collect();
        assert_eq!(found.len(), 1, "{name} stands once: {:?}", self.heads);
        &found[0].1
    }

    pub fn says(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// What is answered to a post: the head of an answer, or nothing at all.
pub type Answer = Arc<dyn Fn(&Post) -> Option<String> + Send + Sync>;

/// A branch's system on this machine.
pub struct System {
    pub at: SocketAddr,
    pub posts: Arc<Mutex<Vec<Post>>>,
    pub answer: Arc<Mutex<Answer>>,
}

impl System {
    pub fn new() -> Self {
        Self::over(None)
    }

    pub fn over(tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let system = Self {
            at: listener.local_addr().unwrap(),
            posts: Arc::default(),
            answer: Arc::new(Mutex::new(Arc::new(|_| Some(status("200 OK"))))),
        };
        let (posts, answer) = (system.posts.clone(), system.answer.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (posts, answer, tls) = (posts.clone(), answer.clone(), tls.clone());
                std::thread::spawn(move || match tls {
                    None => serve(stream.unwrap(), &posts, &answer),
                    Some(config) => {
                        let session = rustls::ServerConnection::new(config).unwrap();
                        serve(rustls::StreamOwned::new(session, stream.unwrap()), &posts, &answer);
                    }
                });
            }
        });
        system
    }

    pub fn answers(&self, answer: impl Fn(&Post) -> Option<String> + Send + Sync + 'static) {
        *self.answer.lock().unwrap() = Arc::new(answer);
    }

    pub fn posts(&self) -> Vec<Post> {
        std::mem::take(&mut self.posts.lock().unwrap())
    }

    pub fn url(&self) -> String {
        format!("http://{}/baton/in", self.at)
    }

    pub fn host(&self) -> String {
        format!("http://{}", self.at)
    }
}

/// The head of an answer, and no body.
pub fn status(line: &str) -> String {
    format!("HTTP/1.1 {line}\r\ncontent-length: 0\r\n\r\n")
}

/// Reads one request and answers it; without an answer it keeps the line open until the other side gives up.
fn serve(stream: impl Read + Write, posts: &Mutex<Vec<Post>>, answer: &Mutex<Answer>) {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let heads: Vec<(String, String)> = lines[1..]
        .iter()
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let path = lines[0].strip_prefix("POST ").unwrap().strip_suffix(" HTTP/1.1").unwrap();
    let mut post = Post { heads, path: path.to_owned(), body: String::new() };
    let mut body = vec![0; post.head("content-length").parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    post.body = String::from_utf8(body).unwrap();
    let answer = answer.lock().unwrap().clone();
    let said = answer(&post);
    posts.lock().unwrap().push(post);
    match said {
        Some(said) => {
            reader.get_mut().write_all(said.as_bytes()).ok();
            reader.get_mut().flush().ok();
        }
        None => while reader.read(&mut [0]).is_ok_and(|read| read > 0) {},
    }
}
