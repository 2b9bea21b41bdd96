//! As little of an HTTP client as a generator of load needs, so that it leaves the cores to the server.

use std::io::Write as _;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Outcome;

/// A connection that is kept open, with one request at a time.
pub struct Connection {
    stream: TcpStream,
    request: Vec<u8>,
    answer: Vec<u8>,
    filled: usize,
}

impl Connection {
    /// Opens one.
    pub async fn open(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            request: Vec::new(),
            answer: vec![0; 1 << 20],
            filled: 0,
        })
    }

    /// Sends a request, as somebody or nobody, with a JSON body or none; the status of the answer.
    pub async fn send(&mut self, method: &str, path: &str, token: Option<&str>, body: Option<&str>) -> Outcome<u16> {
        self.request.clear();
        write!(self.request, "{method} {path} HTTP/1.1\r\nHost: bench\r\n")?;
        if let Some(token) = token {
            write!(self.request, "Authorization: Bearer {token}\r\n")?;
        }
        if let Some(body) = body {
            write!(
                self.request,
                "Content-Type: application/json\r\nContent-Length: {}\r\n",
                body.len()
            )?;
        }
        self.request.extend_from_slice(b"\r\n");
        self.request.extend_from_slice(body.unwrap_or_default().as_bytes());
        self.exchange().await
    }

    /// The last answer.
    pub fn answer(&self) -> String {
        String::from_utf8_lossy(&self.answer[..self.filled]).into_owned()
    }

    async fn exchange(&mut self) -> Outcome<u16> {
        self.stream.write_all(&self.request).await?;
        self.filled = 0;
        loop {
            let read = self.stream.read(&mut self.answer[self.filled..]).await?;
            if read == 0 {
                return Err("the server closed the connection, or its answer is too long".into());
            }
            self.filled += read;
            let answer = &self.answer[..self.filled];
            let Some(head) = find(answer, b"\r\n\r\n") else {
                continue;
            };
            let headers = std::str::from_utf8(&answer[..head])?;
            let length: usize = headers
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(Ok(0), |(_, length)| length.trim().parse())?;
            if self.filled >= head + 4 + length {
                let status = headers.split(' ').nth(1).ok_or("an answer without a status")?;
                return Ok(status.parse()?);
            }
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
