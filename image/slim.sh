#!/usr/bin/env bash
# Take out of an environment what no grading can need: slim.sh SITE_PACKAGES
#
# No module that can be imported goes but tests. Compilers are not in the image, so that headers and build files serve
# nobody; symbol tables serve linkers and debuggers; torch/bin keeps what `import torch` insists on.
set -euo pipefail
cd "$1"

if [ -d torch ]; then
  find torch/bin -type f ! -name torch_shm_manager -delete
  rm -rf torch/test torch/include torch/share
  rm -f torch/lib/lib{aoti_custom_ops,backend_with_compiler,jitbackend_test,torchbind_test}.so
fi
# These bring symbol tables; what other packages bring hardly shrinks, and OpenBLAS does not survive it.
for package in rpds sqlalchemy torch watchfiles yaml; do
  [ ! -d "$package" ] || find "$package" -type f -name '*.so*' -exec strip --strip-unneeded {} +
done
for package in mpmath networkx numpy sympy; do
  [ ! -d "$package" ] || find "$package" -type d -name tests -prune -exec rm -rf {} +
done
# What numpy and sqlalchemy are tested with, and what builds extensions with a distutils that Debian's Python lacks.
rm -rf numpy/distutils numpy/_core/include numpy/_core/_{simd,multiarray_tests,operand_flag_tests,rational_tests,struct_ufunc_tests,umath_tests}.*.so
rm -rf sqlalchemy/testing
find . \( -name '*.a' -o -path './numpy/*.pyi' -o -path './torch/*.pyi' \) -delete
