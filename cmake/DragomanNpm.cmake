# dragoman_npm_packages(TARGET [FILES file...]): what package.json and package-lock.json of this folder ask for, installed in its build folder
# under node_modules. FILES: those of node_modules that other commands are made from.
find_program(NODE node REQUIRED)
find_program(NPM npm REQUIRED)

function(dragoman_npm_packages target)
  cmake_parse_arguments(ARG "" "" "FILES" ${ARGN})
  set(packages package.json package-lock.json)
  list(TRANSFORM packages PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  list(TRANSFORM ARG_FILES PREPEND ${CMAKE_CURRENT_BINARY_DIR}/node_modules/)
  add_custom_command(OUTPUT node_modules/.package-lock.json ${ARG_FILES}
    COMMAND ${CMAKE_COMMAND} -E copy ${packages} ${CMAKE_CURRENT_BINARY_DIR}
    COMMAND ${NPM} ci --no-audit --no-fund --ignore-scripts --prefer-offline --silent
    COMMAND ${CMAKE_COMMAND} -E touch node_modules/.package-lock.json ${ARG_FILES}
    DEPENDS ${packages} WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR} VERBATIM)
  add_custom_target(${target} ALL DEPENDS node_modules/.package-lock.json)
endfunction()
