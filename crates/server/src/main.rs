//! `quantrac`: see [`server::cli`] for what it can do.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use server::cli::{Cli, Command};
use server::serve::signals;
use server::{command, console, demo, logging, measures, serve, simulate};

/// A message makes and drops some hundred small things on two threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::complain(format!("quantrac: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<()> {
    let usual = match &cli.command {
        Command::Demo(_) => logging::DEMO,
        _ => logging::USUAL,
    };
    logging::start(cli.log.as_deref().unwrap_or(usual), cli.log_json)?;
    match cli.command {
        Command::CheckConfig(options) => command::check_config::run(&options),
        Command::Replay(options) => command::replay::run(&options),
        Command::User(command) => command::user::run(command),
        Command::Station(command) => command::station::run(command),
        Command::Journal(command) => command::journal::run(command),
        Command::History(command) => running(command::history::run(command)),
        Command::Export(options) => running(command::study::export(*options)),
        Command::Report(options) => running(command::study::report(*options)),
        Command::Serve(options) => running(async {
            serve::serve(options, measures::install()?, signals::stop_token()?).await
        }),
        Command::Demo(options) => running(async {
            demo::run(options, measures::install()?, signals::stop_token()?).await
        }),
        Command::Simulate(options) => {
            running(async { simulate::simulate(*options, signals::stop_token()?).await })
        }
    }
}

fn running(work: impl Future<Output = Result<()>>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let result = runtime.block_on(work);
    // Whoever was late was named; nobody is waited for any more.
    runtime.shutdown_background();
    result
}
