"""The networks in NumPy: what pages and samples use to try them."""

from threadpoolctl import threadpool_limits

# One timestep is the product of a vector and a matrix. OpenBLAS shares it among all cores, which takes up to twice the CPU time
# and is no faster with 256 units, a quarter with 512 (`python -m benchmarks.sampling`); and the other cores are there to train.
threadpool_limits(1, user_api="blas")
