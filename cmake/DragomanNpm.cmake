find_program(NODE node REQUIRED)
find_program(NPM npm REQUIRED)

# dragoman_npm_packages(TARGET [FROM dir] [FILES file...]): what package.json and package-lock.json in `dir` (this folder, where none is
# given) ask for, installed in this folder's build folder under node_modules, without their install scripts. FILES: those of node_modules
# that other commands of this folder are made from.
function(dragoman_npm_packages target)
  cmake_parse_arguments(ARG "" "FROM" "FILES" ${ARGN})
  set(packages package.json package-lock.json)
  list(TRANSFORM packages PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/${ARG_FROM}/)
  list(TRANSFORM ARG_FILES PREPEND ${CMAKE_CURRENT_BINARY_DIR}/node_modules/)
  add_custom_command(OUTPUT node_modules/.package-lock.json ${ARG_FILES}
    COMMAND ${CMAKE_COMMAND} -E copy ${packages} ${CMAKE_CURRENT_BINARY_DIR}
    COMMAND ${NPM} ci --no-audit --no-fund --ignore-scripts --prefer-offline --silent
    COMMAND ${CMAKE_COMMAND} -E touch node_modules/.package-lock.json ${ARG_FILES}
    DEPENDS ${packages} WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR} VERBATIM)
  add_custom_target(${target} ALL DEPENDS node_modules/.package-lock.json)
endfunction()
