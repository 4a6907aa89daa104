//! Training: loss, optimiser, schedule, augmentation, checkpoints and logs (specification, section 9).

mod ops;
