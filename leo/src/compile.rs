//! Leo's own compiler, run on a text of the program that is not the one on the disk.

use std::{
    collections::BTreeSet,
    ops::Range,
    path::{Path, PathBuf},
    rc::Rc,
};

use indexmap::IndexMap;
use leo_ast::{NetworkName, NodeBuilder, Stub, TypeInterner};
use leo_compiler::{Compiler, CompilerOptions};
use leo_errors::{BufferEmitter, DiagnosticView, Handler, LeoError};
use leo_package::{CompilationUnit, Package as LeoPackage, PackageKind, ProgramData};
use leo_span::{
    Span, Symbol, create_session_if_not_set_then,
    file_source::{DiskFileSource, FileSource, OverlayFileSource},
    source_map::FileName,
    with_session_globals,
};
use snarkvm::prelude::{CanaryV0, MainnetV0, TestnetV0};

use crate::{
    diagnostic::{Diagnostic, Failure, Related, Severity},
    package::Package,
    source::Place,
};

/// Where programs are fetched from that are not in the package.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    /// Which of Aleo's networks.
    pub(crate) name: NetworkName,
    /// Its server.
    pub(crate) endpoint: Option<String>,
    /// Whether no server is asked.
    pub(crate) offline: bool,
}

/// A text of the program, and what its places are in the user's file.
pub(crate) struct Text<'a> {
    /// The text that is compiled as `src/main.leo`.
    pub(crate) text: String,
    /// The bytes of the user's file that bytes of the text come from.
    pub(crate) origin: &'a dyn Fn(Range<usize>) -> Range<usize>,
    /// Bytecode of programs that the package does not declare, by name.
    pub(crate) programs: &'a [(String, String)],
}

/// Runs Leo's front end: everything that can find an error in a program. Answers with warnings.
pub(crate) fn analyze(
    package: &Package,
    network: &Network,
    text: &Text<'_>,
) -> Result<Vec<Diagnostic>, Failure> {
    let home = std::env::home_dir().unwrap_or_else(|| PathBuf::from(".")).join(".aleo");
    // Leo looks for it, and makes it only for programs that it fetches.
    fs_err::create_dir_all(&home)?;
    create_session_if_not_set_then(|_| {
        let (handler, buffer) = Handler::new_with_buf();
        let result = front_end(package, network, text, handler, &home);
        let report = Report { package, text };
        let warnings = report.warnings(&buffer);
        match result {
            Ok(()) => Ok(warnings),
            Err(error) => Err(Failure::Program(report.errors(&buffer, error))),
        }
    })
}

/// The errors of a main file that Leo's parser does not take.
pub(crate) fn syntax_errors(package: &Package) -> Failure {
    create_session_if_not_set_then(|_| {
        let (handler, buffer) = Handler::new_with_buf();
        let source = with_session_globals(|session| {
            session
                .source_map
                .new_source(&package.main.text, FileName::Real(package.main.path.clone()))
        });
        let result = leo_parser::parse_program(
            handler.clone(),
            &NodeBuilder::default(),
            &TypeInterner::default(),
            &source,
            &[],
            NetworkName::TestnetV0,
        );
        let origin = |range| range;
        let text = Text { text: String::new(), origin: &origin, programs: &[] };
        let error = result.map(drop).and_then(|()| handler.last_err()).err();
        match error {
            Some(error) => Failure::Program(Report { package, text: &text }.errors(&buffer, error)),
            None => Failure::Internal("Leo's parsers disagree about the program".to_owned()),
        }
    })
}

fn front_end(
    package: &Package,
    network: &Network,
    text: &Text<'_>,
    handler: Handler,
    home: &Path,
) -> Result<(), LeoError> {
    let leo = LeoPackage::from_directory(
        &package.directory,
        home,
        false,
        false,
        network.offline,
        Some(network.name),
        network.endpoint.as_deref(),
        2,
    )?;
    let main_path = leo.source_directory().join("main.leo");
    let mut run = Run {
        handler,
        builder: Rc::new(NodeBuilder::default()),
        types: Rc::new(TypeInterner::default()),
        network: network.name,
        no_std: leo.manifest.no_std,
        stubs: IndexMap::new(),
    };
    for (name, bytecode) in text.programs {
        let name = Symbol::intern(name);
        run.stubs.insert(name, disassemble(name, bytecode, network.name)?);
    }
    for unit in &leo.compilation_units {
        match &unit.data {
            ProgramData::Bytecode(bytecode) => {
                run.stubs.insert(unit.name, disassemble(unit.name, bytecode, network.name)?);
            }
            ProgramData::SourcePath { source, .. } if *source == main_path => {
                let disk = DiskFileSource;
                let files = OverlayFileSource::new(main_path.clone(), text.text.clone(), &disk);
                run.main(unit, &main_path, &files)?;
            }
            ProgramData::SourcePath { source, .. } => run.dependency(&leo, unit, source)?,
        }
    }
    Ok(())
}

struct Run {
    handler: Handler,
    builder: Rc<NodeBuilder>,
    types: Rc<TypeInterner>,
    network: NetworkName,
    no_std: bool,
    stubs: IndexMap<Symbol, Stub>,
}

impl Run {
    fn compiler(&self, unit: &CompilationUnit, stubs: IndexMap<Symbol, Stub>) -> Compiler {
        Compiler::new_with_types(
            Some(unit.name.to_string()),
            false,
            self.handler.clone(),
            Rc::clone(&self.builder),
            Some(CompilerOptions { no_std: self.no_std }),
            stubs,
            self.network,
            Rc::clone(&self.types),
        )
    }

    fn main(
        &self,
        unit: &CompilationUnit,
        path: &PathBuf,
        files: &impl FileSource,
    ) -> Result<(), LeoError> {
        let directory = path.parent().unwrap_or(path);
        self.compiler(unit, self.stubs.clone())
            .analyze_frontend_from_directory_with_file_source(path, directory, files)
            .map(drop)?;
        self.handler.last_err()
    }

    /// A program or library that the package depends on: only what it offers is read.
    fn dependency(
        &mut self,
        package: &LeoPackage,
        unit: &CompilationUnit,
        source: &PathBuf,
    ) -> Result<(), LeoError> {
        let directory = source.parent().unwrap_or(source);
        let mut compiler = self.compiler(unit, IndexMap::new());
        let stub = match unit.kind {
            PackageKind::Library => {
                let library =
                    compiler.parse_library_from_directory(unit.name, source, directory)?;
                let mut stub: Stub = library.into();
                for node in package.dep_graph.nodes() {
                    if package.dep_graph.neighbors(node).any(|dependency| dependency == &unit.name)
                    {
                        stub.add_parent(*node);
                    }
                }
                stub
            }
            PackageKind::Program => {
                compiler.parse_program_from_directory(source, directory)?.into()
            }
            PackageKind::Test => return Ok(()),
        };
        self.handler.last_err()?;
        self.stubs.insert(unit.name, stub);
        Ok(())
    }
}

fn disassemble(name: Symbol, bytecode: &str, network: NetworkName) -> Result<Stub, LeoError> {
    use leo_disassembler::disassemble_from_str_unchecked as disassemble;
    let program = match network {
        NetworkName::MainnetV0 => disassemble::<MainnetV0>(name, bytecode),
        NetworkName::TestnetV0 => disassemble::<TestnetV0>(name, bytecode),
        NetworkName::CanaryV0 => disassemble::<CanaryV0>(name, bytecode),
    }?;
    Ok(program.into())
}

/// Turns what the compiler says into diagnostics about the user's files.
struct Report<'a> {
    package: &'a Package,
    text: &'a Text<'a>,
}

impl Report<'_> {
    fn errors(&self, buffer: &BufferEmitter, last: LeoError) -> Vec<Diagnostic> {
        let mut errors = buffer.extract_errs().into_inner();
        if !last.is_last_error_code() {
            errors.push(last);
        }
        // One mistake is often found by several passes.
        let mut seen = BTreeSet::new();
        errors
            .iter()
            .filter(|error| !error.is_last_error_code())
            .map(|error| match error.diagnostic_view() {
                Some(view) => self.diagnostic(&view),
                None => Diagnostic {
                    severity: Severity::Error,
                    code: "leo::package".to_owned(),
                    message: error.to_string().trim().to_owned(),
                    place: None,
                    related: Vec::new(),
                    hint: None,
                },
            })
            .filter(|diagnostic| seen.insert(diagnostic.to_string()))
            .collect()
    }

    fn warnings(&self, buffer: &BufferEmitter) -> Vec<Diagnostic> {
        let mut seen = BTreeSet::new();
        let warnings = buffer.extract_warnings().into_inner();
        let views = warnings.iter().filter_map(|warning| warning.diagnostic_view());
        views
            .map(|view| self.diagnostic(&view))
            .filter(|diagnostic| seen.insert(diagnostic.to_string()))
            .collect()
    }

    fn diagnostic(&self, view: &DiagnosticView<'_>) -> Diagnostic {
        let place = view.span.and_then(|span| self.place(span));
        let hints: Vec<_> = [view.help, view.note].into_iter().flatten().collect();
        Diagnostic {
            severity: if view.is_error { Severity::Error } else { Severity::Warning },
            code: view.code.clone(),
            message: view.message.to_owned(),
            place,
            related: view
                .labels
                .iter()
                .filter_map(|label| {
                    let place = self.place(label.span)?;
                    Some(Related { message: label.message.clone(), place })
                })
                .collect(),
            hint: (!hints.is_empty()).then(|| hints.join(" ")),
        }
    }

    fn place(&self, span: Span) -> Option<Place> {
        let file = with_session_globals(|session| session.source_map.find_source_file(span.lo))?;
        let start = span.lo.checked_sub(file.absolute_start)? as usize;
        let end = span.hi.saturating_sub(file.absolute_start) as usize;
        let FileName::Real(path) = &file.name else { return None };
        if path.ends_with("src/main.leo") && is_same(path, &self.package.main.path) {
            return Some(self.package.main.place((self.text.origin)(start..end.max(start))));
        }
        Some(Place::of(path, &file.src, start..end.max(start)))
    }
}

fn is_same(left: &PathBuf, right: &PathBuf) -> bool {
    match (fs_err::canonicalize(left), fs_err::canonicalize(right)) {
        (Ok(left), Ok(right)) => left == right,
        _ => left == right,
    }
}
