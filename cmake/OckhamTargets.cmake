# What every target of ours has in common: include root, warnings, sanitizers.

add_library(ockham_options INTERFACE)
target_include_directories(ockham_options INTERFACE ${PROJECT_SOURCE_DIR})
# g++ 12 sees overlapping copies in `"literal" + std::string` where there are none: no -Wrestrict.
target_compile_options(ockham_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wold-style-cast
    -Wno-missing-field-initializers -Werror>
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-restrict>
  $<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Werror>
  $<$<COMPILE_LANGUAGE:CUDA>:--expt-relaxed-constexpr -Xcompiler=-Wall,-Wextra,-Wno-unknown-pragmas,-Wno-missing-field-initializers -Werror=all-warnings>)
if(OCKHAM_SANITIZE)
  target_compile_options(ockham_options INTERFACE $<$<COMPILE_LANGUAGE:C,CXX>:
    -fsanitize=${OCKHAM_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all>)
  target_link_options(ockham_options INTERFACE -fsanitize=${OCKHAM_SANITIZE})
  target_compile_definitions(ockham_options INTERFACE OCKHAM_SANITIZED)
endif()

# ockham_add_library(NAME source...): a static library of ours, internal to this build.
function(ockham_add_library name)
  add_library(${name} STATIC ${ARGN})
  target_link_libraries(${name} PUBLIC ockham_options)
endfunction()

# ockham_add_program(NAME source...): a program in bin/, installed.
function(ockham_add_program name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE ockham_options)
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

# ockham_add_test_program(NAME source...): what the two below share. Tests compile in less time with less
# optimisation, under sanitizers in half of it; what takes time when they run is in libraries.
function(ockham_add_test_program name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE ockham_options GTest::gmock GTest::gtest_main)
  if(OCKHAM_SANITIZE)
    target_compile_options(${name} PRIVATE -O0)
  else()
    target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  endif()
endfunction()

# ockham_add_test(NAME source...): a GoogleTest program; each of its tests is a CTest test with the program's
# name as label (ctest -L).
function(ockham_add_test name)
  ockham_add_test_program(${name} ${ARGN})
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS ${name})
endfunction()

# ockham_add_sharded_test(NAME SHARDS source...): a GoogleTest program of very many small tests. Starting a
# process for each would take longer than running them: CTest runs SHARDS shares of them.
function(ockham_add_sharded_test name shards)
  ockham_add_test_program(${name} ${ARGN})
  math(EXPR last "${shards} - 1")
  foreach(shard RANGE ${last})
    add_test(NAME ${name}.${shard} COMMAND ${name} --gtest_brief=1)
    set_tests_properties(${name}.${shard} PROPERTIES LABELS ${name}
      ENVIRONMENT "GTEST_TOTAL_SHARDS=${shards};GTEST_SHARD_INDEX=${shard}")
  endforeach()
endfunction()
