//! `invoicectl topics repartition`.

use crate::context::Context;
use crate::exit::Exit;
use crate::output::Format;
use clap::Args;
use stream::topics::{Repartitioned, repartition};

/// The services must be stopped. Afterwards set `topics.partitions` for all of them, and start them. Interrupted, run
/// it again: until it has ended, no service starts.
#[derive(Debug, Args)]
pub(crate) struct Repartition {
    /// How many partitions there are to be; Kafka can only add.
    #[arg(long, value_parser = clap::value_parser!(i32).range(1..))]
    partitions: i32,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

impl Repartition {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let done = repartition(&context.kafka, &context.topics, self.partitions).await?;
        Format::new(self.json).write(&done, text)?;
        Ok(Exit::Done)
    }
}

fn text(done: &Repartitioned) -> String {
    let Repartitioned { partitions, grown, moved } = done;
    format!(
        "{} topics grown to {partitions} partitions, {moved} statuses moved; now set topics.partitions to {partitions} \
         for every service, and start them",
        grown.len()
    )
}
