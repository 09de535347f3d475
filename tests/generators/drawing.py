"""The generators of the host by themselves, compiled without NEST and called through ctypes."""

from __future__ import annotations

import ctypes as ct
import functools
import hashlib
import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np

import nestml_jit

SOURCES = Path(nestml_jit.__path__[0]) / "host" / "src"

TEXT = """
#include "generators/normal_numbers.cpp"
#include "generators/philox.cpp"
#include "generators/poisson_counts.cpp"
#include "generators/poisson_table.cpp"

using namespace nestml_jit;

extern "C" void
one( const uint32_t* counter, const uint32_t* key, uint32_t* drawn )
{
  const PhiloxWords words =
    philox( { counter[ 0 ], counter[ 1 ], counter[ 2 ], counter[ 3 ] }, { key[ 0 ], key[ 1 ] } );
  std::copy( words.begin(), words.end(), drawn );
}

extern "C" void
many( const uint64_t* targets,
  size_t size,
  uint64_t block,
  uint32_t number,
  const uint32_t* key,
  uint32_t* words )
{
  philox_of_targets( targets, size, block, number, { key[ 0 ], key[ 1 ] }, words );
}

extern "C" void
normals( const uint32_t* radius, const uint32_t* angle, size_t size, double* first, double* second )
{
  normals_of_words( radius, angle, size, first, second );
}

extern "C" void
counts( double mean, const uint64_t* uniform, size_t size, uint32_t* exact, uint32_t* by_bits )
{
  const PoissonTable table( mean );
  for ( size_t i = 0; i < size; ++i )
  {
    exact[ i ] = table.count( uniform[ i ] );
  }
  for ( size_t i = 0; i < size; i += count_group )
  {
    uint16_t bits[ count_group ], counts[ count_group ];
    for ( size_t j = 0; j < count_group; ++j )
    {
      bits[ j ] = uniform[ i + j ] >> 48;
    }
    count_spikes( table, bits, count_group, counts );
    for ( size_t j = 0; j < count_group; ++j )
    {
      by_bits[ i + j ] = counts[ j ] == PoissonTable::undecided ? UINT32_MAX : counts[ j ] + table.offset();
    }
  }
}
"""

UNDECIDED = 2**32 - 1


@functools.cache
def library() -> ct.CDLL:
    """Return the compiled generators."""
    folder = Path(tempfile.mkdtemp())
    source, target = folder / "drawing.cpp", folder / f"{hashlib.sha256(TEXT.encode()).hexdigest()[:16]}.so"
    source.write_text(TEXT)
    flags = ["-std=c++20", "-O1", "-fPIC", "-shared", "-Wall", "-Wextra", "-Werror", f"-I{SOURCES}"]
    subprocess.run([os.environ.get("CXX", "g++"), *flags, source, "-o", target], check=True)
    return ct.CDLL(str(target))


def _pointer(array: np.ndarray) -> ct.c_void_p:
    return ct.c_void_p(array.ctypes.data)


def philox(counter: tuple[int, int, int, int], key: tuple[int, int]) -> list[int]:
    """Return the four words that are drawn with a counter."""
    drawn = np.zeros(4, np.uint32)
    library().one(_pointer(np.array(counter, np.uint32)), _pointer(np.array(key, np.uint32)), _pointer(drawn))
    return drawn.tolist()


def philox_of_targets(targets: np.ndarray, block: int, number: int, key: tuple[int, int]) -> np.ndarray:
    """Return what is drawn for targets: [word, target]."""
    words = np.zeros((4, len(targets)), np.uint32)
    size, key_words = ct.c_size_t(len(targets)), np.array(key, np.uint32)
    library().many(_pointer(targets), size, ct.c_uint64(block), number, _pointer(key_words), _pointer(words))
    return words


def poisson_counts(mean: float, uniform: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the counts that uniform numbers of 64 bits stand for, exactly and from their first 16 bits."""
    exact, by_bits = np.zeros(len(uniform), np.uint32), np.zeros(len(uniform), np.uint32)
    size = ct.c_size_t(len(uniform))
    library().counts(ct.c_double(mean), _pointer(uniform), size, _pointer(exact), _pointer(by_bits))
    return exact, by_bits


def normal_numbers(radius: np.ndarray, angle: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return two normal numbers of each pair of words, a multiple of 16 of these."""
    first, second = np.zeros(len(radius)), np.zeros(len(radius))
    size = ct.c_size_t(len(radius))
    library().normals(_pointer(radius), _pointer(angle), size, _pointer(first), _pointer(second))
    return first, second
