//! From a file to a float model: one walk over its nodes, which refuses what it must and goes on.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use lionml_graph::Model;

use crate::{
    FixedDimension, ImportError, ImportOptions, NEWEST_OPSET, NodeLabel, OLDEST_OPSET, OnnxFile,
    Support, SurveyedNode,
    element::{Type, name_of},
    file::{ONNX, domain, graphs, node_name, opsets, visible},
    functions,
    inputs::Sizes,
    node::{Attribute, Building, MAX_ELEMENTS, NodeImport},
    ops::{self, Importer},
    proto::{AttributeProto, FunctionProto, GraphProto, NodeProto, TensorProto},
    tensor,
    value::{Constant, Value, Wire},
};

/// An imported model.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The model; its nodes have the names of the file's.
    pub model: Model,
    /// The free dimensions, and the sizes that they were given.
    pub fixed: Vec<FixedDimension>,
}

impl OnnxFile {
    /// The model that a file means, as operators of LionML.
    ///
    /// # Errors
    ///
    /// Everything that is not supported and that the wanted outputs need is refused, first of all
    /// operators, all of them at once.
    pub fn import(&self, options: &ImportOptions) -> Result<Imported, ImportError> {
        let mut walk = Walk::new(self, options)?;
        walk.check()?;
        walk.graph()?;
        walk.outputs()
    }
}

/// No model has more nodes, operands, results, inputs, outputs and constants.
const MAX_PARTS: usize = 24_000;

/// The most bytes of the names of all nodes.
const MAX_NAMES: usize = 4_000_000;

/// How deep functions may call each other.
const MAX_CALLS: usize = 32;

/// A tensor of the file, if it is known what it became.
type Known = Option<Value>;

/// The walk over a file's nodes.
pub(crate) struct Walk<'a> {
    options: &'a ImportOptions,
    graph: &'a GraphProto,
    file: &'a OnnxFile,
    functions: BTreeMap<Operator<'a>, &'a FunctionProto>,
    /// The outputs that are wanted.
    wanted: Vec<&'a str>,
    scope: Scope<'a>,
    building: Building,
    sizes: Sizes<'a>,
    /// The elements that constants of the file may still have.
    constant_room: usize,
    parts_room: usize,
    names_room: usize,
    /// Why inputs are not known.
    inputs: Vec<ImportError>,
    /// Why nodes are not known, each once.
    refusals: Vec<ImportError>,
    /// An attribute that the node's importer did not ask for, where that is all that is wrong with it.
    unread: Option<ImportError>,
    /// All nodes, those of graphs and functions inside of a node after it.
    pub(crate) nodes: Vec<SurveyedNode>,
    pub(crate) subgraphs: usize,
    pub(crate) parameters: u64,
}

/// A domain, a name and an overload.
type Operator<'a> = (&'a str, &'a str, &'a str);

/// The tensors of a graph or of a function, by name.
#[derive(Default)]
struct Scope<'a> {
    values: BTreeMap<&'a str, Known>,
    /// Those that nobody has read yet.
    constants: BTreeMap<&'a str, &'a TensorProto>,
    /// Operands that the caller of a function leaves out.
    absent: BTreeSet<&'a str>,
}

/// The attributes of a function's caller, by name.
type Arguments<'a> = BTreeMap<&'a str, &'a AttributeProto>;

/// Nodes in order, and where they stand.
struct Body<'a, 'b> {
    nodes: &'a [NodeProto],
    opsets: &'b BTreeMap<&'a str, i64>,
    /// Stands before their names.
    prefix: &'b str,
    /// The attributes of the function's caller.
    arguments: &'b Arguments<'a>,
    /// Whether they are the file's own.
    is_listed: bool,
    calls: usize,
}

/// What a node's operator is.
#[derive(Clone, Copy)]
enum Meaning<'a> {
    Importer(Importer),
    Function {
        function: &'a FunctionProto,
        is_listed: bool,
    },
    /// `If`: one of two graphs.
    Branch,
}

impl<'a> Walk<'a> {
    /// Checks the options and reads the inputs.
    pub(crate) fn new(file: &'a OnnxFile, options: &'a ImportOptions) -> Result<Self, ImportError> {
        let graph = file.graph().ok_or_else(|| ImportError::not_onnx("it has no graph"))?;
        let outputs: Vec<_> = graph.output.iter().map(|output| output.name.as_str()).collect();
        let missing = options.outputs.iter().find(|name| !outputs.contains(&name.as_str()));
        if let Some(output) = missing {
            let known = outputs.into_iter().map(str::to_owned).collect();
            return Err(ImportError::UnknownOutput { output: output.clone(), known });
        }
        let is_wanted =
            |name: &&str| options.outputs.is_empty() || options.outputs.iter().any(|o| o == name);
        let functions = file.model.functions.iter().map(|function| {
            (
                (domain(&function.domain), function.name.as_str(), function.overload.as_str()),
                function,
            )
        });
        let mut walk = Self {
            options,
            graph,
            file,
            functions: functions.collect(),
            wanted: outputs.into_iter().filter(is_wanted).collect(),
            scope: Scope::default(),
            building: Building::new(),
            sizes: Sizes::new(options),
            constant_room: MAX_ELEMENTS,
            parts_room: MAX_PARTS,
            names_room: MAX_NAMES,
            inputs: Vec::new(),
            refusals: Vec::new(),
            unread: None,
            nodes: Vec::new(),
            subgraphs: 0,
            parameters: 0,
        };
        walk.scope.constants = initializers(graph);
        walk.inputs()?;
        Ok(walk)
    }

    /// Adds the inputs to the model, or the values to which they are bound.
    fn inputs(&mut self) -> Result<(), ImportError> {
        let constants = &self.scope.constants;
        let inputs = self.graph.input.iter().filter(|i| !constants.contains_key(i.name.as_str()));
        let inputs: Vec<_> = inputs.collect();
        if let Some(name) =
            self.options.bind.keys().find(|name| !inputs.iter().any(|input| input.name == **name))
        {
            let known = inputs.iter().map(|input| input.name.clone()).collect();
            return Err(ImportError::UnknownInput { input: name.clone(), known });
        }
        for input in inputs {
            let name = input.name.as_str();
            let value = match self.options.bind.get(name) {
                Some(value) => Some(bound(input, value)?),
                None => match self.sizes.input(input) {
                    Ok((kind, shape)) => {
                        let outlet = self.building.model.input(name, shape.clone(), kind.element());
                        Some(Value::Wire(Wire { outlet, kind, shape }))
                    }
                    Err(error) => {
                        self.inputs.push(error);
                        None
                    }
                },
            };
            self.scope.values.insert(name, value);
        }
        Ok(())
    }

    /// Checks what must hold of the whole file, whatever is wanted of it.
    fn check(&mut self) -> Result<(), ImportError> {
        let (model, graph) = (&self.file.model, self.graph);
        let parts = [
            (!graph.sparse_initializer.is_empty(), "sparse constants"),
            (!model.training_info.is_empty(), "training graphs"),
            (!graph.quantization_annotation.is_empty(), "quantisation annotations"),
        ];
        if let Some((_, part)) = parts.into_iter().find(|(present, _)| *present) {
            return Err(ImportError::UnsupportedPart { part });
        }
        let ports = graph.input.len() + graph.output.len() + graph.initializer.len();
        self.parts_room =
            self.parts_room.checked_sub(ports).ok_or_else(|| ImportError::TooMuch {
                place: "graph".to_owned(),
                reason: format!("there are more than `{MAX_PARTS}` inputs, outputs and constants"),
            })?;
        if self.inputs.is_empty() {
            self.sizes.check()?;
        }
        let mut known: BTreeSet<&str> = self.scope.constants.keys().copied().collect();
        known.extend(self.scope.values.keys());
        for (position, node) in graph.node.iter().enumerate() {
            let label = || label(node, node_name(node, position), None);
            if let Some(tensor) =
                node.input.iter().find(|i| !i.is_empty() && !known.contains(i.as_str()))
            {
                let reader = format!("node `{}`", label().name);
                return Err(ImportError::UnknownTensor { reader, tensor: visible(tensor) });
            }
            for output in node.output.iter().filter(|output| !output.is_empty()) {
                if !known.insert(output) {
                    let reason = format!("the tensor `{}` is produced twice", visible(output));
                    return Err(ImportError::Node { node: label(), reason });
                }
            }
        }
        match self.wanted.iter().find(|output| !known.contains(*output)) {
            Some(output) => Err(ImportError::UnknownTensor {
                reader: format!("output `{output}`"),
                tensor: (*output).to_owned(),
            }),
            None => Ok(()),
        }
    }

    /// Walks over the nodes of the graph.
    pub(crate) fn graph(&mut self) -> Result<(), ImportError> {
        let opsets = opsets(&self.file.model.opset_import);
        let nodes = self.graph.node.as_slice();
        let body = Body {
            nodes,
            opsets: &opsets,
            prefix: "",
            arguments: &Arguments::new(),
            is_listed: true,
            calls: 0,
        };
        let (mut scope, wanted) = (std::mem::take(&mut self.scope), self.wanted.clone());
        self.count_parameters(self.graph);
        let walked = self.body(&body, &mut scope, &wanted);
        self.scope = scope;
        walked
    }

    fn count_parameters(&mut self, graph: &GraphProto) {
        for tensor in &graph.initializer {
            let elements = tensor.dims.iter().map(|&d| u64::try_from(d).unwrap_or(0));
            let elements = elements.fold(1u64, u64::saturating_mul);
            self.parameters = self.parameters.saturating_add(elements);
        }
    }

    /// Names the outputs as the file does.
    fn outputs(mut self) -> Result<Imported, ImportError> {
        let wanted = self.wanted.clone();
        let mut values = Vec::with_capacity(wanted.len());
        let mut scope = std::mem::take(&mut self.scope);
        for name in &wanted {
            let value = self.value(&mut scope, name).unwrap_or_default();
            values.push((*name, value));
        }
        let is_unread =
            |refusal: &ImportError| matches!(refusal, ImportError::UnknownAttribute { .. });
        if self.refusals.iter().any(is_unread) {
            return Err(self.refusal());
        }
        if let Some((output, _)) = values.iter().find(|(_, value)| value.is_none()) {
            let source = self.refusal();
            let others = values.iter().filter(|(_, value)| value.is_some());
            let others: Vec<_> = others.map(|(name, _)| (*name).to_owned()).collect();
            return Err(match others.is_empty() {
                true => source,
                false => ImportError::UnreadableOutput {
                    output: (*output).to_owned(),
                    others,
                    source: Box::new(source),
                },
            });
        }
        for (name, value) in values.into_iter().filter_map(|(name, value)| Some((name, value?))) {
            let outlet = self.building.outlet(&value)?;
            let added = self.building.model.output(name, outlet, value.kind().element());
            added.map_err(|error| ImportError::Graph(Box::new(error)))?;
        }
        Ok(Imported { model: self.building.model, fixed: self.sizes.fixed })
    }

    /// Why an output is not known: all operators that are not supported, or the first other reason.
    fn refusal(&mut self) -> ImportError {
        let mut ops = Vec::new();
        for refusal in &self.refusals {
            if let ImportError::UnsupportedOps { nodes } = refusal {
                ops.extend(nodes.iter().cloned());
            }
        }
        if !ops.is_empty() {
            return ImportError::UnsupportedOps { nodes: ops };
        }
        let first = self.inputs.drain(..).chain(self.refusals.drain(..)).next();
        first.unwrap_or(ImportError::UnsupportedPart { part: "outputs of no known value" })
    }

    /// Walks over nodes, of which only those are imported that the wanted tensors need.
    fn body(
        &mut self,
        body: &Body<'a, '_>,
        scope: &mut Scope<'a>,
        wanted: &[&'a str],
    ) -> Result<(), ImportError> {
        let is_needed = needed(body.nodes, wanted);
        for ((position, node), is_needed) in body.nodes.iter().enumerate().zip(is_needed) {
            let name = format!("{}{}", body.prefix, node_name(node, position));
            self.take_parts(node, &name)?;
            // Each node of a graph within graphs repeats the names of those that hold it.
            let bytes = name.len() + node.op_type.len();
            self.names_room = self.names_room.checked_sub(bytes).ok_or_else(|| {
                let reason = format!("the names up to here have more than `{MAX_NAMES}` bytes");
                ImportError::TooMuch { place: node_name(node, position), reason }
            })?;
            let opset = body.opsets.get(domain(&node.domain)).copied();
            let label = label(node, name, opset);
            let place = self.nodes.len();
            if body.is_listed {
                self.nodes.push(SurveyedNode {
                    label: label.clone(),
                    support: Support::Unneeded,
                    refusal: None,
                });
            }
            if !is_needed {
                self.list(node, &label.name)?;
                continue;
            }
            let (values, refusal) = match self.node(body, scope, node, &label)? {
                Ok(values) => (values, self.unread.take()),
                Err(refusal) => (Vec::new(), Some(refusal)),
            };
            if let Some(entry) = self.nodes.get_mut(place).filter(|_| body.is_listed) {
                let is_constant = |value: &Known| matches!(value, Some(Value::Constant(_)));
                entry.support = match &refusal {
                    Some(_) => Support::Refused,
                    None if !values.is_empty() && values.iter().all(is_constant) => Support::Folded,
                    None => Support::Imported,
                };
                entry.refusal.clone_from(&refusal);
            }
            self.refusals.extend(refusal);
            for (output, value) in
                node.output.iter().zip(values.into_iter().chain(std::iter::repeat(None)))
            {
                if !output.is_empty() {
                    scope.values.insert(output, value);
                }
            }
        }
        Ok(())
    }

    /// Takes room for a node with its operands and results.
    fn take_parts(&mut self, node: &NodeProto, name: &str) -> Result<(), ImportError> {
        self.take_parts_of((1 + node.output.len()).saturating_add(node.input.len()), name)
    }

    fn take_parts_of(&mut self, parts: usize, name: &str) -> Result<(), ImportError> {
        self.parts_room = self.parts_room.checked_sub(parts).ok_or_else(|| ImportError::TooMuch {
            place: name.to_owned(),
            reason: format!(
                "up to this node there are more than `{MAX_PARTS}` nodes, operands, results and \
                 constants"
            ),
        })?;
        Ok(())
    }

    /// Lists the nodes of graphs inside of a node, of which nothing is imported.
    fn list(&mut self, node: &'a NodeProto, name: &str) -> Result<(), ImportError> {
        for graph in graphs(node) {
            self.subgraphs += 1;
            self.count_parameters(graph);
            let prefix = format!("{name}/");
            let opsets = BTreeMap::new();
            let body = Body {
                nodes: &graph.node,
                opsets: &opsets,
                prefix: &prefix,
                arguments: &Arguments::new(),
                is_listed: true,
                calls: 0,
            };
            self.body(&body, &mut Scope::default(), &[])?;
        }
        Ok(())
    }

    /// The outputs of a node, or why it is refused. An outer error ends the walk.
    fn node(
        &mut self,
        body: &Body<'a, '_>,
        scope: &mut Scope<'a>,
        node: &'a NodeProto,
        label: &NodeLabel,
    ) -> Result<Result<Vec<Known>, ImportError>, ImportError> {
        let operator = (domain(&node.domain), node.op_type.as_str(), node.overload.as_str());
        let Some(meaning) = self.meaning(operator) else {
            self.list(node, &label.name)?;
            return Ok(Err(ImportError::unsupported(label, None)));
        };
        let opset = label.opset.unwrap_or(0);
        if operator.0 == ONNX && !(OLDEST_OPSET..=NEWEST_OPSET).contains(&opset) {
            self.list(node, &label.name)?;
            return Ok(Err(ImportError::Opset { node: label.clone(), got: opset }));
        }
        let mut operands = Vec::with_capacity(node.input.len());
        let mut is_known = true;
        for name in &node.input {
            if name.is_empty() || scope.absent.contains(name.as_str()) {
                operands.push(None);
                continue;
            }
            let Some(value) = self.value(scope, name) else {
                let (reader, tensor) = (label.to_string(), visible(name));
                return Ok(Err(ImportError::UnknownTensor { reader, tensor }));
            };
            is_known &= value.is_some();
            operands.push(value);
        }
        // An exporter may list operands that it leaves out.
        while operands.pop_if(|operand| operand.is_none()).is_some() {}
        if !is_known {
            self.list(node, &label.name)?;
            return Ok(Ok(Vec::new()));
        }
        let attributes = attributes(node, body.arguments);
        match meaning {
            Meaning::Importer(importer) => {
                Ok(self.import(importer, node, label.clone(), operands, attributes))
            }
            Meaning::Branch => self.branch(body, scope, node, label, &operands),
            Meaning::Function { function, is_listed } => {
                let is_listed = is_listed && body.is_listed;
                self.call(body, function, is_listed, label, operands, &attributes)
            }
        }
    }

    fn meaning(&self, operator: Operator<'a>) -> Option<Meaning<'a>> {
        let (domain, name, _) = operator;
        // A runtime may prefer either of a function of the file and an operator of its own.
        if domain != ONNX
            && let Some(function) = self.functions.get(&operator)
        {
            return Some(Meaning::Function { function, is_listed: true });
        }
        if domain == ONNX && name == "If" {
            return Some(Meaning::Branch);
        }
        if let Some(importer) = ops::importer(domain, name) {
            return Some(Meaning::Importer(importer));
        }
        let function = functions::function(domain, name)?;
        Some(Meaning::Function { function, is_listed: false })
    }

    /// A tensor that stands before the node that reads it; none where nothing produces it.
    fn value(&mut self, scope: &mut Scope<'a>, name: &'a str) -> Option<Known> {
        if let Some(value) = scope.values.get(name) {
            return Some(value.clone());
        }
        let tensor = scope.constants.get(name)?;
        let shown = if lionml_graph::is_plain_name(name) { name } else { "a constant" };
        let decoded = tensor::decode(tensor, shown, &self.file.data, &mut self.constant_room);
        let value = decoded.map(|constant| Value::Constant(Arc::new(constant)));
        let value = value.map_err(|error| self.refusals.push(error)).ok();
        scope.values.insert(name, value.clone());
        Some(value)
    }

    /// Calls the importer of an operator.
    fn import(
        &mut self,
        importer: Importer,
        node: &NodeProto,
        label: NodeLabel,
        operands: Vec<Known>,
        attributes: Vec<Attribute<'a>>,
    ) -> Result<Vec<Known>, ImportError> {
        let mut outputs: Vec<_> = node.output.iter().map(|name| !name.is_empty()).collect();
        while outputs.pop_if(|is_named| !*is_named).is_some() {}
        let opset = label.opset.unwrap_or(1);
        let file = self.file;
        let constant_room = &mut self.constant_room;
        let building = &mut self.building;
        let mut import = NodeImport {
            building,
            label,
            opset,
            operands,
            outputs,
            attributes,
            file,
            constant_room,
        };
        let values = importer(&mut import)?;
        if let Some(attribute) = import.unread() {
            // What depends on the node is looked at as well.
            let (node, attribute) = (import.label.clone(), visible(attribute));
            self.unread = Some(ImportError::UnknownAttribute { node, attribute });
        }
        if import.output_count() > values.len() {
            let (got, most) = (import.output_count(), values.len());
            return Err(import.error(format!("it has `{got}` outputs, of which `{most}` are read")));
        }
        values.into_iter().map(|value| import.rounded(value).map(Some)).collect()
    }

    /// The outputs of a function: its nodes, with the values of the operands.
    fn call(
        &mut self,
        body: &Body<'a, '_>,
        function: &'a FunctionProto,
        is_listed: bool,
        label: &NodeLabel,
        operands: Vec<Known>,
        attributes: &[Attribute<'a>],
    ) -> Result<Result<Vec<Known>, ImportError>, ImportError> {
        let error = |reason: String| Ok(Err(ImportError::Node { node: label.clone(), reason }));
        if body.calls >= MAX_CALLS {
            return error(format!("functions call each other more than `{MAX_CALLS}` deep"));
        }
        if operands.len() > function.input.len() {
            let (got, most) = (operands.len(), function.input.len());
            return error(format!("it has `{got}` operands, and its function takes `{most}`"));
        }
        let defaults = function.attribute_proto.iter().map(|a| (a.name.as_str(), a));
        // Each call goes through all of them.
        let ports = function.input.len() + function.output.len() + function.opset_import.len();
        let ports = ports + function.attribute.len() + function.attribute_proto.len();
        self.take_parts_of(ports, &label.name)?;
        let known: BTreeSet<&str> = function
            .attribute
            .iter()
            .chain(function.attribute_proto.iter().map(|attribute| &attribute.name))
            .map(String::as_str)
            .collect();
        let is_known = |name: &str| known.contains(name);
        if let Some(attribute) = attributes.iter().find(|a| !is_known(a.name)) {
            let (node, attribute) = (label.clone(), visible(attribute.name));
            return Ok(Err(ImportError::UnknownAttribute { node, attribute }));
        }
        let given = attributes.iter().map(|attribute| (attribute.name, attribute.value));
        let arguments: Arguments<'a> = defaults.chain(given).collect();
        let mut scope = Scope::default();
        let operands = operands.into_iter().chain(std::iter::repeat(None));
        for (name, value) in function.input.iter().zip(operands) {
            match value {
                Some(value) => drop(scope.values.insert(name, Some(value))),
                None => drop(scope.absent.insert(name)),
            }
        }
        let opsets = opsets(&function.opset_import);
        let wanted: Vec<_> = function.output.iter().map(String::as_str).collect();
        let prefix = format!("{}/", label.name);
        let inner = Body {
            nodes: &function.node,
            opsets: &opsets,
            prefix: &prefix,
            arguments: &arguments,
            is_listed,
            calls: body.calls + 1,
        };
        let before = self.refusals.len();
        self.body(&inner, &mut scope, &wanted)?;
        // A node of a function that is not the file's is none of the file's either.
        if !is_listed && self.refusals.len() > before {
            let refusal = self.refusals.drain(before..).next();
            return Ok(refusal.map_or(Ok(Vec::new()), Err));
        }
        let mut outputs = Vec::with_capacity(wanted.len());
        for name in wanted {
            outputs.push(self.value(&mut scope, name).unwrap_or_default());
        }
        Ok(Ok(outputs))
    }

    /// The outputs of `If` whose condition is known.
    fn branch(
        &mut self,
        body: &Body<'a, '_>,
        scope: &mut Scope<'a>,
        node: &'a NodeProto,
        label: &NodeLabel,
        operands: &[Known],
    ) -> Result<Result<Vec<Known>, ImportError>, ImportError> {
        let condition = match operands {
            [Some(Value::Constant(constant))] => constant.integers().and_then(|c| match c.data() {
                [value] => Some(*value != 0),
                _ => None,
            }),
            _ => None,
        };
        let Some(condition) = condition else {
            self.list(node, &label.name)?;
            return Ok(Err(ImportError::Operand {
                node: label.clone(),
                place: "its condition",
                got: "computed from inputs".to_owned(),
                supported: "a constant",
                way_out: Some(
                    "compute both results and choose between them with `Where`, or export the model \
                     with a fixed condition",
                ),
            }));
        };
        let chosen = if condition { "then_branch" } else { "else_branch" };
        let attribute = node.attribute.iter().find(|a| a.name == chosen);
        let Some(graph) = attribute.and_then(|a| a.g.as_ref()) else {
            let reason = format!("it has no `{chosen}`");
            return Ok(Err(ImportError::Node { node: label.clone(), reason }));
        };
        let mut inner = Scope { constants: initializers(graph), ..Scope::default() };
        let mut captured = BTreeSet::new();
        names(graph, &mut captured);
        for name in captured {
            if let Some(value) = self.value(scope, name) {
                inner.values.insert(name, value);
            }
        }
        self.subgraphs += 1;
        self.count_parameters(graph);
        let wanted: Vec<_> = graph.output.iter().map(|output| output.name.as_str()).collect();
        let prefix = format!("{}/", label.name);
        let taken = Body {
            nodes: &graph.node,
            opsets: body.opsets,
            prefix: &prefix,
            arguments: body.arguments,
            is_listed: body.is_listed,
            calls: body.calls,
        };
        self.body(&taken, &mut inner, &wanted)?;
        let mut outputs = Vec::with_capacity(wanted.len());
        for name in wanted {
            let Some(value) = self.value(&mut inner, name) else {
                let (reader, tensor) = (label.to_string(), visible(name));
                return Ok(Err(ImportError::UnknownTensor { reader, tensor }));
            };
            outputs.push(value);
        }
        Ok(Ok(outputs))
    }
}

/// The constants of a graph.
fn initializers(graph: &GraphProto) -> BTreeMap<&str, &TensorProto> {
    graph.initializer.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect()
}

/// A value in place of an input.
fn bound(
    input: &crate::proto::ValueInfoProto,
    value: &lionml_tensor::Tensor<f64>,
) -> Result<Value, ImportError> {
    let name = input.name.clone();
    let number = input.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref());
    let number = number.map_or(0, |tensor| tensor.elem_type);
    let Some(kind) = Type::of_number(number) else {
        return Err(ImportError::ElementType { tensor: name, got: name_of(number) });
    };
    Ok(Value::Constant(Arc::new(Constant::of_floats(&name, kind, value)?)))
}

fn label(node: &NodeProto, name: String, opset: Option<i64>) -> NodeLabel {
    NodeLabel { name, op: visible(&node.op_type), domain: visible(domain(&node.domain)), opset }
}

/// Which nodes compute what the wanted tensors need.
fn needed(nodes: &[NodeProto], wanted: &[&str]) -> Vec<bool> {
    let mut wanted: BTreeSet<&str> = wanted.iter().copied().collect();
    let mut is_needed: Vec<_> = nodes
        .iter()
        .rev()
        .map(|node| {
            let is_needed = node.output.iter().any(|output| wanted.contains(output.as_str()));
            if is_needed {
                wanted.extend(node.input.iter().map(String::as_str));
                graphs(node).for_each(|graph| names(graph, &mut wanted));
            }
            is_needed
        })
        .collect();
    is_needed.reverse();
    is_needed
}

/// The tensors that a graph may take from the one around it.
fn names<'a>(graph: &'a GraphProto, found: &mut BTreeSet<&'a str>) {
    found.extend(graph.output.iter().map(|output| output.name.as_str()));
    for node in &graph.node {
        found.extend(node.input.iter().map(String::as_str));
        graphs(node).for_each(|graph| names(graph, found));
    }
}

/// The attributes of a node; one that refers to an attribute of the function's caller is that one.
fn attributes<'a>(node: &'a NodeProto, arguments: &Arguments<'a>) -> Vec<Attribute<'a>> {
    let resolved = node.attribute.iter().filter_map(|own| {
        let value = match own.ref_attr_name.as_str() {
            "" => own,
            reference => *arguments.get(reference)?,
        };
        Some(Attribute { name: own.name.as_str(), value, is_read: Cell::new(false) })
    });
    resolved.collect()
}
