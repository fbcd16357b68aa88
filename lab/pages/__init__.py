"""What browsers and programs see: the HTTP API, the landing page, the Gradio pages."""
