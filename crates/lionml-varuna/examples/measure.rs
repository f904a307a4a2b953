//! Times of one synthetic circuit: `measure ROWS TERMS INSTANCES`, over development powers.

use std::{sync::Arc, time::Instant};

use lionml_r1cs::{Builder, Linear, field::from_i128};
use lionml_varuna::{ProvingKey, Srs, prove, setup, verify};
use rand::{SeedableRng, rngs::StdRng};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let numbers: Result<Vec<usize>, _> = std::env::args().skip(1).map(|n| n.parse()).collect();
    let numbers = numbers?;
    let number = |index, default| numbers.get(index).copied().unwrap_or(default);
    let (rows, terms, instances) = (number(0, 8_000), number(1, 3), number(2, 1));

    let mut builder = Builder::new();
    let mut values: Vec<Linear> = vec![builder.private_input().into()];
    for row in 0..rows {
        let earlier = values.iter().rev().take(terms).enumerate();
        let factor = |i: usize| from_i128(i128::from(u32::try_from(row + i).unwrap_or(1)) + 1);
        let sum = Linear::sum(earlier.map(|(i, value)| (factor(i), value)));
        let product = builder.product("chain", &sum, &values[row]);
        values.push(product);
    }
    builder.public_output("y", &values[rows]);
    let (circuit, program) = builder.finish();
    let circuit = Arc::new(circuit);
    let mut report = format!("{}\n", circuit.cost());
    let mut lap = Instant::now();
    let mut time = |name: &str| {
        report += &format!("{name:>12} {:8.3} s\n", lap.elapsed().as_secs_f64());
        lap = Instant::now();
    };

    let srs = Srs::development(circuit.cost().max_degree(), None)?;
    time("powers");
    let keys = setup(&srs, &circuit)?;
    time("setup");
    ProvingKey::rebuild(&srs, &circuit, &keys.verifying)?;
    time("rebuild");
    let witnesses: Result<Vec<_>, _> =
        (0..instances).map(|x| program.solve(&[from_i128(x as i128 + 2)])).collect();
    let witnesses = witnesses?;
    time("witness");
    let proof = prove(&[(&keys.proving, &witnesses)], &mut StdRng::seed_from_u64(0))?;
    time("prove");
    let publics: Vec<_> = witnesses.iter().map(|witness| witness.public.clone()).collect();
    verify(&[(&keys.verifying, &publics)], &proof)?;
    time("verify");
    std::io::Write::write_all(&mut std::io::stdout(), report.as_bytes())?;
    Ok(())
}
