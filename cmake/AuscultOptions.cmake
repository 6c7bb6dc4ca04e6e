# Which parts need which others. An option that cannot be met is an error, not a silent change.

# Parts that link auscult_training. Programs that only score do not.
foreach(part TESTS BENCH)
  if(AUSCULT_${part} AND NOT AUSCULT_TRAINING)
    message(FATAL_ERROR "AUSCULT_${part}=ON needs AUSCULT_TRAINING=ON: add -DAUSCULT_TRAINING=ON or -DAUSCULT_${part}=OFF")
  endif()
endforeach()
if(AUSCULT_TESTS AND NOT AUSCULT_CLI)
  message(FATAL_ERROR "AUSCULT_TESTS=ON needs AUSCULT_CLI=ON: many tests run the program")
endif()
