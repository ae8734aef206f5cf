//! Starts the program and reads the addresses that it reports.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use super::process::Process;
use super::provider::Provider;
use super::simulator::Simulator;

/// Builds a command of the program with the test defaults and these settings. An empty value removes a setting.
pub fn sallyport_command(
    directory: &Path,
    command: &str,
    settings: &[(String, String)],
) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_sallyport"));
    program
        .arg(command)
        .current_dir(directory)
        .env_clear()
        .env("SALLYPORT_LISTEN", "127.0.0.1:0")
        .env("SALLYPORT_SIMULATOR_LISTEN", "127.0.0.1:0")
        .env("SALLYPORT_SIMULATOR_SMTP_LISTEN", "127.0.0.1:0")
        .env("SALLYPORT_DATA_DIR", directory)
        .env("SALLYPORT_ARGON2_MEMORY_KIB", "64")
        .env("SALLYPORT_ARGON2_ITERATIONS", "1")
        // 24 is the default in production. In development it is 0.
        .env("SALLYPORT_LIMIT_COOLING_HOURS", "24")
        .env("SALLYPORT_CAPTCHA", "none")
        .env("SALLYPORT_CAPTCHA_COST", "1")
        // Only tests of webhooks enable webhooks. In other tests they would arrive at unexpected times.
        .env("SALLYPORT_SIMULATOR_WEBHOOKS", "none");
    if Provider::from_environment() != Provider::Twilio {
        program.env(
            "SALLYPORT_PROVIDER",
            Provider::from_environment().setting_value(),
        );
    }
    for (name, value) in settings {
        if value.is_empty() {
            program.env_remove(name);
        } else {
            program.env(name, value);
        }
    }
    program
}

/// Wraps a command in a launcher program. `{data}` in an argument is replaced by the data directory.
pub(super) fn wrap_in_launcher(launcher: &[String], data: &Path, command: Command) -> Command {
    let Some((program, arguments)) = launcher.split_first() else {
        return command;
    };
    let data = data.to_string_lossy();
    let mut started = Command::new(program);
    started
        .args(arguments.iter().map(|word| word.replace("{data}", &data)))
        .arg(command.get_program())
        .args(command.get_args());
    let set = command.get_envs();
    started.envs(set.filter_map(|(name, value)| Some((name, value?))));
    if let Some(directory) = command.get_current_dir() {
        started.current_dir(directory);
    }
    started
}

/// Wraps a command in a shell that first sets a resource limit.
pub(super) fn wrap_in_ulimit(command: &Command, arguments: &str) -> Command {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("ulimit {arguments} && exec \"$0\" \"$@\"")])
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
    if let Some(directory) = command.get_current_dir() {
        shell.current_dir(directory);
    }
    shell
}

/// Starts the program with one of its commands. SIGKILL stops it at the end of the test.
pub(super) async fn start_process(
    directory: &Path,
    command: &str,
    settings: &[(String, String)],
) -> Process {
    Process::start(
        &sallyport_command(directory, command, settings),
        "KILL",
        None,
    )
    .await
}

/// Starts the simulator in a separate process. Returns the process, a client for it, and the address of its mail
/// server.
pub(super) async fn start_separate_simulator(directory: &Path) -> (Process, Simulator, SocketAddr) {
    // The code length of the app, for both providers.
    let length = ("SALLYPORT_CODE_LENGTH".to_owned(), "6".to_owned());
    let mut process = start_process(directory, "simulator", &[length]).await;
    let smtp = process
        .wait_for_output("Mail simulator is listening on smtp://")
        .await
        .parse()
        .expect("server logs its address");
    let address = wait_for_address(&mut process, "Phone simulator").await;
    (process, Simulator { address }, smtp)
}

/// Waits until the server with this name logs its address.
pub(super) async fn wait_for_address(process: &mut Process, name: &str) -> SocketAddr {
    let address = process
        .wait_for_output(&format!("{name} is listening on http://"))
        .await;
    address.parse().expect("server logs its address")
}
