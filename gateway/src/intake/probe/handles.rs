//! Open files on their way from the gateway to the process that children are forked from.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::cmsg_space;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};

/// How many go together.
pub(super) const TOGETHER: usize = 3;

const SPACE: usize = cmsg_space!(ScmRights(TOGETHER));

/// Sends them through a Unix socket, with one byte that says nothing.
pub(super) fn send(socket: impl AsFd, handles: &[BorrowedFd<'_>; TOGETHER]) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); SPACE];
    let mut with = SendAncillaryBuffer::new(&mut space);
    with.push(SendAncillaryMessage::ScmRights(handles));
    sendmsg(socket, &[IoSlice::new(b".")], &mut with, SendFlags::empty())?;
    Ok(())
}

/// Waits for the next ones; none where the other end is gone. Where this process may not have so many files open, fewer come.
pub(super) fn receive(socket: impl AsFd) -> io::Result<Option<Vec<OwnedFd>>> {
    let (mut byte, mut space) = ([0], [MaybeUninit::uninit(); SPACE]);
    let mut with = RecvAncillaryBuffer::new(&mut space);
    let received = recvmsg(socket, &mut [IoSliceMut::new(&mut byte)], &mut with, RecvFlags::CMSG_CLOEXEC)?;
    let handles = with.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(handles) => Some(handles),
        _ => None,
    });
    let handles = handles.flatten().collect();
    Ok((received.bytes > 0).then_some(handles))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn what_is_sent_arrives_one_after_the_other_until_the_end() {
        let (here, there) = UnixStream::pair().unwrap();
        let (mut kept, sent): (Vec<_>, Vec<_>) = (0..6).map(|_| UnixStream::pair().unwrap()).unzip();
        for three in sent.chunks(TOGETHER) {
            send(&here, &[three[0].as_fd(), three[1].as_fd(), three[2].as_fd()]).unwrap();
        }
        drop((here, sent));
        for three in kept.chunks_mut(TOGETHER) {
            let handles = receive(&there).unwrap().unwrap();
            assert_eq!(handles.len(), TOGETHER);
            for (number, (handle, end)) in handles.into_iter().zip(three).enumerate() {
                UnixStream::from(handle).write_all(&[number as u8]).unwrap();
                let mut said = Vec::new();
                end.read_to_end(&mut said).unwrap();
                assert_eq!(said, [number as u8]);
            }
        }
        assert!(receive(&there).unwrap().is_none());
    }
}
