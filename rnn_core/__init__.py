"""Everything behind the pages: specs, data, training, runs and playing with what was learnt. Knows no Streamlit."""
