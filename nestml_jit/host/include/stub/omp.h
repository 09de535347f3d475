/* What NEST's headers ask of OpenMP's runtime, for compilers that come without that header.
 *
 * It is searched last: a compiler that has omp.h uses its own. The functions are those of the runtime
 * that NEST has loaded.
 */
#ifndef NESTML_JIT_STUB_OMP_H
#define NESTML_JIT_STUB_OMP_H

#ifdef __cplusplus
extern "C" {
#endif

int omp_get_max_threads( void );
int omp_get_num_threads( void );
int omp_get_thread_num( void );
int omp_in_parallel( void );
void omp_set_dynamic( int );
void omp_set_num_threads( int );

#ifdef __cplusplus
}
#endif

#endif
