//! Downloading the ceremony's larger powers.
//!
//! snarkVM can do this itself; its download prints, cannot be resumed, may hang, and leaves a
//! half-written file under the final name. Here a file is asked for in parts, each with a time
//! limit; what arrives is kept in a partial file, and only a file with the ceremony's checksum gets
//! the final name.

use std::{
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use fs_err::{File, OpenOptions};
use sha2::{Digest, Sha256};
use ureq::{Agent, Body, http::Response};

use crate::{FetchError, ParameterFile};

/// Where Aleo publishes the ceremony's powers.
pub const DEFAULT_BASE_URL: &str = "https://parameters.provable.com/mainnet";

/// Bytes asked for at once, which bounds how long a stalled server is waited for.
const PART_BYTES: u64 = 32 << 20;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
const PART_TIMEOUT: Duration = Duration::from_secs(300);

/// Downloads a file of powers into a directory, where
/// [`Srs::ceremony`](crate::Srs::ceremony) finds it, and returns its path. A file that is there
/// already is checked and kept; what an earlier try left is continued. `progress` gets the bytes at
/// hand and those of the whole file.
pub fn fetch(
    file: &ParameterFile,
    base_url: &str,
    directory: &Path,
    mut progress: impl FnMut(u64, u64),
) -> Result<PathBuf, FetchError> {
    let path = directory.join(&file.name);
    if path.is_file() && checksum(&path)? == file.checksum {
        return Ok(path);
    }
    fs_err::create_dir_all(directory)?;
    let url = format!("{}/{}", base_url.trim_end_matches('/'), file.name);
    let partial = directory.join(format!("{}.partial", file.name));
    let agent = agent();
    loop {
        let start = fs_err::metadata(&partial).map_or(0, |metadata| metadata.len());
        if start >= file.size {
            break;
        }
        let end = file.size.min(start + PART_BYTES);
        fetch_part(&agent, &url, &partial, start..end, file.size, &mut progress)?;
    }
    let got = checksum(&partial)?;
    if got != file.checksum {
        // Continuing from wrong bytes would never end well.
        fs_err::remove_file(&partial)?;
        return Err(FetchError::Checksum { url, expected: file.checksum.clone(), got });
    }
    fs_err::rename(&partial, &path)?;
    Ok(path)
}

fn agent() -> Agent {
    Agent::config_builder()
        .timeout_resolve(Some(CONNECT_TIMEOUT))
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .timeout_recv_response(Some(ANSWER_TIMEOUT))
        .timeout_recv_body(Some(PART_TIMEOUT))
        .build()
        .into()
}

/// Appends a part of a file, or writes it from its start where the server knows no parts.
fn fetch_part(
    agent: &Agent,
    url: &str,
    partial: &Path,
    part: std::ops::Range<u64>,
    size: u64,
    progress: &mut impl FnMut(u64, u64),
) -> Result<(), FetchError> {
    let range = format!("bytes={}-{}", part.start, part.end - 1);
    let request = agent.get(url).header("Range", range).header("Accept-Encoding", "identity");
    let http = |source| FetchError::Http { url: url.to_owned(), source: Box::new(source) };
    let mut response = request.call().map_err(http)?;
    let (start, end) = match response.status().as_u16() {
        206 if content_start(&response) == Some(part.start) => (part.start, part.end),
        200 => (0, size),
        status => {
            return Err(FetchError::Range { url: url.to_owned(), status, offset: part.start });
        }
    };
    let mut out = OpenOptions::new().create(true).append(true).open(partial)?;
    out.set_len(start)?;
    let mut body = response.body_mut().as_reader().take(end - start);
    let mut buffer = vec![0; 1 << 16];
    let mut got = start;
    loop {
        // A body that breaks off is an error of reading or an early end; both keep what arrived.
        let length = match body.read(&mut buffer) {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => 0,
        };
        if length == 0 {
            break;
        }
        out.write_all(&buffer[..length])?;
        got += length as u64;
        progress(got, size);
    }
    out.sync_all()?;
    if got < end {
        return Err(FetchError::Interrupted { url: url.to_owned(), expected: size, got });
    }
    Ok(())
}

/// The first byte that the answer says it holds.
fn content_start(response: &Response<Body>) -> Option<u64> {
    let range = response.headers().get("Content-Range")?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split('-').next()?.parse().ok()
}

fn checksum(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok(format!("{:x}", hasher.finalize()))
}
