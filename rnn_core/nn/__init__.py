"""Trained networks in NumPy, for pages and samples: no TensorFlow is needed."""

from threadpoolctl import threadpool_limits

# One timestep is the product of a vector and a matrix. OpenBLAS splits it among all cores, which takes up to twice the CPU time
# and is no faster with 256 units, a quarter faster with 512 (`python -m benchmarks.sampling`). Training needs the other cores.
threadpool_limits(1, user_api="blas")
