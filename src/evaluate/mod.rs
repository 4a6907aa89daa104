//! One pass of a model over a data set; for now the HDF5 export of it.
