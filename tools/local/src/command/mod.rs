//! One module per subcommand.

pub(crate) mod broker;
pub(crate) mod demo;
pub(crate) mod down;
pub(crate) mod prepare;
pub(crate) mod up;
