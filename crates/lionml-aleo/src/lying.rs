//! Nodes that say what a test has them say.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
};

use crate::{Connection, Network};

/// What a node says to a request: a status and a text, or nothing at all.
pub(crate) type Said = Option<(u16, String)>;

/// A node on the loopback interface, and the paths that it was asked for.
pub(crate) struct Node {
    pub(crate) endpoint: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Node {
    /// A node that answers each request, of which it is told the method and the path.
    pub(crate) fn new(mut says: impl FnMut(&str) -> Said + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&asked);
        thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                let mut request = Vec::new();
                let is_whole = |request: &[u8]| match request.starts_with(b"POST") {
                    true => request.ends_with(b"}"),
                    false => request.ends_with(b"\r\n\r\n"),
                };
                while !is_whole(&request) {
                    let mut part = [0; 1024];
                    let length = stream.read(&mut part).unwrap();
                    request.extend_from_slice(&part[..length]);
                }
                let request = String::from_utf8_lossy(&request).into_owned();
                let line: Vec<_> = request.split_whitespace().take(2).collect();
                let line = line.join(" ").replace("/testnet/", "");
                kept.lock().unwrap().push(line.clone());
                if let Some((status, text)) = says(&line) {
                    let length = text.len();
                    let _ = write!(
                        stream,
                        "HTTP/1.1 {status} Status\r\nContent-Length: {length}\r\n\
                         Location: http://127.0.0.1:1/elsewhere\r\nConnection: close\r\n\r\n{text}"
                    );
                }
            }
        });
        Self { endpoint, asked }
    }

    /// A node that gives these answers in turn, and none after the last.
    pub(crate) fn in_turn(answers: Vec<Said>) -> Self {
        let mut answers = answers.into_iter();
        Self::new(move |_| answers.next().flatten())
    }

    pub(crate) fn connection(&self, network: Network) -> Connection {
        Connection::new(network, Some(&self.endpoint)).unwrap()
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}
