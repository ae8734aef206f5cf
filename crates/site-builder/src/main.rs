//! `site-builder WASM FOLDER` writes the JavaScript glue of a WASM build, `sallyport.js`, and the WASM module that
//! belongs to it, `sallyport_bg.wasm`, into FOLDER.
//!
//! It does what `wasm-bindgen --target web --no-typescript` does. As a dependency, the generator always has the
//! version of the library in `Cargo.lock`, and the parts of the command line tool that this project does not use,
//! such as its test server, are not compiled.

use std::path::PathBuf;
use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [wasm, folder] = arguments.as_slice() else {
        eprintln!("usage: site-builder WASM FOLDER");
        return ExitCode::from(2);
    };
    let generated = Bindgen::new()
        .input_path(wasm)
        .out_name("sallyport")
        .typescript(false)
        .web(true)
        .and_then(|bindgen| bindgen.generate(folder));
    match generated {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!(
                "JavaScript glue for {} not generated: {error:#}",
                wasm.display()
            );
            ExitCode::FAILURE
        }
    }
}
