use super::*;
use crate::engine::rows::Window;
use std::time::Instant;
fn t<T>(name: &str, flop: f64, f: impl Fn() -> T) {
    for _ in 0..2 {
        f();
    }
    let n = 6;
    let mut ms = 0.0;
    let mut junk = vec![0u8; 400 << 20];
    for i in 0..n {
        junk.fill(i as u8);
        let s = Instant::now();
        std::hint::black_box(f());
        ms += s.elapsed().as_secs_f64() * 1e3 / n as f64;
    }
    println!("{name:26} {ms:8.3} ms {:7.1} GFLOP/s", flop / ms / 1e6);
}
#[test]
fn speed() {
    for (side, c) in [(32usize, 16usize), (16, 32), (8, 64)] {
        let dense = Dense::new(&Cpu::new());
        let grid = Grid { images: 128, height: side, width: side };
        let n = grid.rows() * c;
        let data: Vec<f32> = (0..n).map(|i| ((i * 7919) % 1000) as f32 / 500.0 - 1.0).collect();
        let x = View::plain(&data, grid);
        let g = vec![1.0f32; c];
        let b = vec![0.0f32; c];
        let norm = NormParameters { gamma: &g, beta: &b, epsilon: 1e-3, slope: 0.1 };
        let moments = dense.moments(x);
        let normed = dense.normed(&norm, moments.clone(), x);
        let w: Vec<f32> = (0..9 * c * c).map(|i| ((i * 31) % 100) as f32 / 500.0 - 0.1).collect();
        let weights = Weights { values: &w, kernel: 3, inputs: c, outputs: c };
        let win = Window::same(3, 1, grid);
        let flop = 2.0 * 9.0 * (c * c * grid.rows()) as f64;
        println!("-- {side} {c}");
        t("moments", 0.0, || dense.moments(x));
        t("normed", 0.0, || dense.normed(&norm, moments.clone(), x));
        t("convolve", flop, || dense.convolve(&weights, None, win, &normed.values, grid));
        let (gm, _) = dense.masked(x, None);
        let mask = vec![1.0f32; grid.rows()];
        t("masked none", 0.0, || dense.masked(x, None));
        t("masked", 0.0, || dense.masked(x, Some(&mask)));
        t("to input", flop, || dense.gradient_to_input(&weights, win, &gm, grid));
        t("to weights", flop, || dense.gradient_to_weights(win, c, &normed.values, &gm));
        t("norm gradient", 0.0, || dense.norm_gradient(&norm, &normed, x, View::of(&gm)));
        let ng = dense.norm_gradient(&norm, &normed, x, View::of(&gm));
        t("norm input gradient plain", 0.0, || {
            let mut o = vec![0.0; n];
            dense.norm_input_gradient(
                &ng,
                &normed,
                &norm,
                (x, View::of(&gm)),
                (&Lines::plain(grid, c), &mut o),
                |l, to| to.iter_mut().zip(x.line(l)).for_each(|(a, b)| *a += b),
            );
            o
        });
        t("gradient before norm", 0.0, || dense.gradient_before_norm(&ng, &normed, &norm, x, &gm));
        t("residual", 0.0, || dense.residual(x, View::of(&gm), None));
        t("residual mask", 0.0, || dense.residual(x, View::of(&gm), Some(&mask)));
        t("weighed", 0.0, || dense.weighed(Some(&data), x, &mask));
        t("products", 0.0, || dense.products(x, View::of(&gm)));
        let k = vec![0.1f32; 9 * c];
        t("local scores", 0.0, || dense.local_scores(&norm, moments.clone(), (&k, 0.0), x));
        let s = dense.local_scores(&norm, moments.clone(), (&k, 0.0), x);
        t("branch gradient", 0.0, || dense.branch_gradient(&norm, &s, &k, x, &mask));
        let bg = dense.branch_gradient(&norm, &s, &k, x, &mask);
        let means = vec![0.1f32; 128 * c];
        t("branch input gradient", 0.0, || dense.branch_input_gradient(&norm, &s, &bg, x, &means));
        let a = candle_core::Tensor::from_slice(&data, n, &candle_core::Device::Cpu).unwrap();
        t("candle zeros+add", 0.0, || a.zeros_like().unwrap().add(&a).unwrap());
        t("candle add", 0.0, || a.add(&a).unwrap());
    }
}
