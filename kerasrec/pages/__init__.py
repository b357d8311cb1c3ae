"""Pages: ALTO and PAGE XML with the places and texts of lines, and the lines cut out of the image of their page."""
