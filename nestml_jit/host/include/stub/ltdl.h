/* NEST's headers name libltdl's handle type and nothing else of it. Used where libltdl's own header
 * is not installed. */
#ifndef NESTML_JIT_STUB_LTDL_H
#define NESTML_JIT_STUB_LTDL_H

typedef void* lt_dlhandle;

#endif /* NESTML_JIT_STUB_LTDL_H */
