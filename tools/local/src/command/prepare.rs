//! `local prepare`: Kafka's jars, so that nothing is downloaded once tests run.

use anyhow::Result;
use local::kafka;

pub(crate) fn run() -> Result<()> {
    kafka::classpath()?;
    Ok(())
}
