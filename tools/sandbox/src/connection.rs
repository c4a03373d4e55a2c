//! Accepting connections in a way that lets a handler reset the one it is serving.
//!
//! A dropped socket sends FIN, which HTTP clients report otherwise than the RST of a crashed peer or
//! a firewall. So each connection carries a [`Line`]: once it is cut, the next poll sets SO_LINGER
//! to zero and fails, and dropping the socket then sends RST without another byte.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
};

use axum::{
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};

/// A handler's grip on the connection it answers through.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line(Arc<Switch>);

#[derive(Debug, Default)]
struct Switch {
    cut: AtomicBool,
    task: Mutex<Option<Waker>>,
}

impl Line {
    /// Resets the TCP connection; nothing more is sent on it.
    pub(crate) fn reset(&self) {
        self.0.cut.store(true, Ordering::SeqCst);
        if let Some(task) = self.task().take() {
            task.wake();
        }
    }

    fn is_cut(&self, cx: &Context<'_>) -> bool {
        // The waker is stored before the flag is read: a cut in between wakes the task.
        *self.task() = Some(cx.waker().clone());
        self.0.cut.load(Ordering::SeqCst)
    }

    fn task(&self) -> std::sync::MutexGuard<'_, Option<Waker>> {
        self.0.task.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A listener whose connections can be reset from inside.
#[derive(Debug)]
pub(crate) struct Lines(pub(crate) TcpListener);

impl Listener for Lines {
    type Io = Conn;
    type Addr = Line;

    async fn accept(&mut self) -> (Conn, Line) {
        let (stream, _) = Listener::accept(&mut self.0).await;
        // Small answers must not wait for Nagle: latencies here are settings.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was refused");
        }
        let line = Line::default();
        let conn = Conn { stream, line: line.clone() };
        (conn, line)
    }

    fn local_addr(&self) -> io::Result<Line> {
        Ok(Line::default())
    }
}

impl Connected<IncomingStream<'_, Lines>> for Line {
    fn connect_info(stream: IncomingStream<'_, Lines>) -> Self {
        stream.remote_addr().clone()
    }
}

/// A TCP stream that fails as soon as its line is cut.
#[derive(Debug)]
pub(crate) struct Conn {
    stream: TcpStream,
    line: Line,
}

impl Conn {
    fn open(&mut self, cx: &Context<'_>) -> io::Result<Pin<&mut TcpStream>> {
        if self.line.is_cut(cx) {
            self.stream.set_zero_linger()?;
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(Pin::new(&mut self.stream))
    }
}

impl AsyncRead for Conn {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.open(cx)?.poll_read(cx, buf)
    }
}

impl AsyncWrite for Conn {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.open(cx)?.poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.open(cx)?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.open(cx)?.poll_shutdown(cx)
    }
}
