//! `invoicectl watch`.

mod board;
mod screen;

use super::tail::Tail;
use crate::context::Context;
use crate::exit::Exit;
use board::Board;
use chrono::Utc;
use clap::Args;
use contract::Status;
use crossterm::event::{Event, KeyCode, KeyModifiers};
use screen::Screen;
use std::io::{self, IsTerminal};
use std::time::Duration;
use stream::read::{self, Start};
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

/// How often the table is drawn anew at most: changes come faster than anybody reads.
const REDRAW: Duration = Duration::from_millis(100);

#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// One JSON object per change, and no table.
    #[arg(long)]
    json: bool,
}

impl Watch {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        if self.json || !io::stdout().is_terminal() || !io::stdin().is_terminal() {
            return Tail::of_all(self.json).run(context).await;
        }
        watch(context).await
    }
}

async fn watch(context: &Context) -> anyhow::Result<Exit> {
    // What there is already is counted first: its end is known, so that it can be told from what happens now.
    let topic = context.topics.status();
    let mut now = read::follow(&context.kafka, &topic, Start::End).await?;
    let mut past = Some(read::scan(&context.kafka, &topic).await?);
    let (mut board, mut screen, mut keys) = (Board::default(), Screen::open()?, keys());
    let mut redraw = tokio::time::interval(REDRAW);
    redraw.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        let record = tokio::select! {
            biased;
            _ = redraw.tick() => {
                let share = past.as_ref().map(read::Feed::progress);
                screen.draw(|width, height| board.lines(width, height, share, Utc::now().timestamp_millis()))?;
                continue;
            }
            key = keys.recv() => match key {
                Some(event) if ends(&event) => return Ok(Exit::Done),
                Some(Event::Resize(..)) => {
                    screen.forget();
                    continue;
                }
                Some(_) => continue,
                None => return Ok(Exit::Done),
            },
            record = async { past.as_mut().expect("it is asked for only while there is one").next().await }, if past.is_some() => {
                if record.is_none() {
                    past = None;
                }
                record.transpose()?
            }
            record = now.next(), if past.is_none() => match record {
                Some(record) => Some(record?),
                None => return Ok(Exit::Failed),
            },
        };
        let Some(record) = record else { continue };
        let status: Option<Status> = record.value.as_deref().and_then(|value| serde_json::from_slice(value).ok());
        if let (Some(id), Some(status)) = (record.invoice_id(), status) {
            board.take(id, &status);
        }
    }
}

fn ends(event: &Event) -> bool {
    let Event::Key(key) = event else { return false };
    let interrupts = key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c');
    interrupts || matches!(key.code, KeyCode::Char('q' | 'Q') | KeyCode::Esc)
}

/// What is pressed, from a thread of its own: reading a terminal blocks.
fn keys() -> mpsc::Receiver<Event> {
    let (sender, keys) = mpsc::channel(16);
    std::thread::spawn(move || {
        while let Ok(event) = crossterm::event::read() {
            if sender.blocking_send(event).is_err() {
                break;
            }
        }
    });
    keys
}
