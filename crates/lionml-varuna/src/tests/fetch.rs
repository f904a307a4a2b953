//! Downloads from a server on loopback that misbehaves.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::Path,
    sync::mpsc,
    thread,
};

use sha2::{Digest, Sha256};

use crate::{Error, FetchError, ParameterFile, Srs, fetch, missing_files, parameter_files};

/// How the server answers one request.
#[derive(Clone, Copy)]
enum Answer {
    /// The part that is asked for.
    Part,
    /// The part that is asked for, cut after so many bytes.
    Cut(usize),
    /// The whole file, whatever is asked for.
    Whole,
    /// A part that starts at another byte.
    WrongPart,
    /// An error.
    Missing,
}

/// A server that answers as many requests as there are answers; sends the first bytes asked for.
fn serve(content: Vec<u8>, answers: Vec<Answer>) -> (String, mpsc::Receiver<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/mainnet/", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let lines: Vec<_> =
                lines.map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
            assert!(lines[0].starts_with("GET /mainnet/powers HTTP"), "{}", lines[0]);
            let range = lines.iter().find_map(|line| {
                line.to_lowercase().strip_prefix("range: bytes=").map(str::to_owned)
            });
            let (start, end) = range.as_ref().unwrap().split_once('-').unwrap();
            let start: usize = start.parse().unwrap();
            let end = end.parse::<usize>().unwrap() + 1;
            sender.send(start).ok();
            let (status, start, end, sent) = match answer {
                Answer::Part => ("206 Partial Content", start, end, end),
                Answer::Cut(bytes) => ("206 Partial Content", start, end, start + bytes),
                Answer::WrongPart => ("206 Partial Content", start + 1, end, end),
                Answer::Whole => ("200 OK", 0, content.len(), content.len()),
                Answer::Missing => ("404 Not Found", 0, 0, 0),
            };
            write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\
                 Content-Range: bytes {start}-{}/{}\r\n\r\n",
                end - start,
                end.saturating_sub(1),
                content.len(),
            )
            .unwrap();
            stream.write_all(&content[start..sent]).unwrap();
        }
    });
    (url, receiver)
}

fn content() -> Vec<u8> {
    (0..300_000u32).map(|i| (i.wrapping_mul(i) >> 7).to_le_bytes()[0]).collect()
}

fn described(content: &[u8]) -> ParameterFile {
    let checksum = format!("{:x}", Sha256::digest(content));
    ParameterFile { name: "powers".to_owned(), size: content.len() as u64, checksum }
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs_err::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn accepts_a_whole_file_and_keeps_it() {
    let (content, directory) = (content(), tempfile::tempdir().unwrap());
    let (url, _) = serve(content.clone(), vec![Answer::Part]);
    let mut last = (0, 0);
    let file = described(&content);
    let path = fetch(&file, &url, directory.path(), |got, size| {
        assert!(got > last.0);
        last = (got, size);
    })
    .unwrap();
    assert_eq!(last, (300_000, 300_000));
    assert_eq!(fs_err::read(&path).unwrap(), content);
    assert_eq!(names(directory.path()), ["powers"]);
    // The server is gone: nothing is asked for again.
    assert_eq!(fetch(&file, &url, directory.path(), |_, _| panic!("asked")).unwrap(), path);
}

#[test]
fn accepts_a_broken_off_file_on_the_next_try() {
    let (content, directory) = (content(), tempfile::tempdir().unwrap());
    let (url, asked) = serve(content.clone(), vec![Answer::Cut(123_457), Answer::Part]);
    let broken = fetch(&described(&content), &url, directory.path(), |_, _| ());
    let Err(FetchError::Interrupted { got: 123_457, expected: 300_000, .. }) = broken else {
        panic!("{broken:?}")
    };
    assert_eq!(names(directory.path()), ["powers.partial"]);
    let path = fetch(&described(&content), &url, directory.path(), |_, _| ()).unwrap();
    assert_eq!(fs_err::read(path).unwrap(), content);
    assert_eq!(names(directory.path()), ["powers"]);
    assert_eq!(asked.iter().collect::<Vec<_>>(), [0, 123_457]);
}

#[test]
fn accepts_a_server_that_knows_no_ranges() {
    let (content, directory) = (content(), tempfile::tempdir().unwrap());
    let (url, asked) = serve(content.clone(), vec![Answer::Cut(1_000), Answer::Whole]);
    fetch(&described(&content), &url, directory.path(), |_, _| ()).unwrap_err();
    let path = fetch(&described(&content), &url, directory.path(), |_, _| ()).unwrap();
    assert_eq!(fs_err::read(path).unwrap(), content);
    assert_eq!(asked.iter().collect::<Vec<_>>(), [0, 1_000]);
}

#[test]
fn rejects_a_wrong_checksum_and_leaves_nothing() {
    let (content, directory) = (content(), tempfile::tempdir().unwrap());
    let mut wrong = content.clone();
    wrong[299_999] ^= 1;
    let (url, _) = serve(wrong, vec![Answer::Part]);
    let refused = fetch(&described(&content), &url, directory.path(), |_, _| ());
    assert!(matches!(refused, Err(FetchError::Checksum { .. })), "{refused:?}");
    assert!(names(directory.path()).is_empty());
}

#[test]
fn rejects_other_parts_and_errors() {
    let (content, directory) = (content(), tempfile::tempdir().unwrap());
    let (url, _) = serve(content.clone(), vec![Answer::WrongPart, Answer::Missing]);
    let refused = fetch(&described(&content), &url, directory.path(), |_, _| ());
    assert!(matches!(refused, Err(FetchError::Range { status: 206, offset: 0, .. })));
    let refused = fetch(&described(&content), &url, directory.path(), |_, _| ());
    assert!(matches!(refused, Err(FetchError::Http { .. })), "{refused:?}");
    assert!(names(directory.path()).is_empty());
}

#[test]
fn rejects_missing_and_corrupt_powers() {
    let directory = tempfile::tempdir().unwrap();
    let degree = 1 << 15;
    let Error::MissingPowers { power: 16, files, .. } =
        Srs::ceremony(degree, Some(directory.path())).unwrap_err()
    else {
        panic!("another error")
    };
    let needed = parameter_files(degree).unwrap();
    assert_eq!(missing_files(degree, None).unwrap(), needed);
    assert_eq!(files, [needed[0].name.clone()]);
    assert_eq!(needed[0].size, 3_145_736);
    fs_err::write(directory.path().join(&needed[0].name), vec![0; 3_145_736]).unwrap();
    assert_eq!(missing_files(degree, Some(directory.path())).unwrap(), []);
    let refused = Srs::ceremony(degree, Some(directory.path())).unwrap_err();
    assert!(matches!(refused, Error::CorruptFile { .. }));
    assert!(matches!(Srs::ceremony(degree, None), Err(Error::MissingPowers { .. })));
    assert!(Srs::ceremony(degree - 1, None).is_ok());
}
