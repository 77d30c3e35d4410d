# cmake -D SOURCE=... -D OUTPUT=... -D OCKHAM_...=... -P write_build_info.cmake
# Run at every build, because the commit changes between configurations.
find_program(GIT git)
set(OCKHAM_COMMIT unknown)
if(GIT)
  execute_process(COMMAND ${GIT} describe --always --dirty --abbrev=12 --exclude=*
    WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE commit RESULT_VARIABLE status
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(status EQUAL 0)
    set(OCKHAM_COMMIT ${commit})
  endif()
endif()
configure_file(${SOURCE}/bench/build_info/build_info.h.in ${OUTPUT} @ONLY)
